//! Tests of the runner itself, on a face that answers from a script: a wrong answer must never
//! pass.

use super::differences::Differences;
use super::face::{Face, Failure, Feature, Outcome};
use super::report::AreaReport;
use super::runner::run_area;
use super::terms::{atom, list, term};
use heirloom::Term;
use std::io::Write;
use std::path::PathBuf;

/// A `set` of objects with the key in front, as a plain list: enough ETS to run a vector, and no
/// code of the store.
#[derive(Default)]
struct ModelFace {
    processes: u32,
    objects: Vec<Term>,
    calls: Vec<String>,
}

impl ModelFace {
    fn key(object: &Term) -> Option<Term> {
        object.as_ref().element(1).map(|key| key.to_term())
    }

    fn put(&mut self, object: Term) {
        self.objects
            .retain(|other| ModelFace::key(other) != ModelFace::key(&object));
        self.objects.push(object);
    }

    fn after(&self, key: Option<&Term>) -> Term {
        let at = key.and_then(|key| {
            self.objects
                .iter()
                .position(|object| ModelFace::key(object).as_ref() == Some(key))
        });
        let next = self.objects.get(at.map_or(0, |at| at + 1));
        next.and_then(ModelFace::key)
            .unwrap_or_else(|| atom("$end_of_table"))
    }
}

impl Face for ModelFace {
    fn name(&self) -> &'static str {
        "model"
    }

    fn supports(&self, _feature: Feature) -> bool {
        false
    }

    fn start_scenario(&mut self) {
        self.objects.clear();
    }

    fn start_process(&mut self) -> Term {
        self.processes += 1;
        format!("<0.{}.0>", self.processes).parse().unwrap()
    }

    fn exit_process(&mut self, _process: &Term) {}

    fn mailbox(&mut self, process: &Term) -> Vec<Term> {
        let table = atom("shop");
        vec![term((atom("ETS-TRANSFER"), table, process, atom("data")))]
    }

    fn new_table(&mut self, _caller: &Term, name: &Term, options: &Term) -> Outcome {
        match list(options) {
            Some(_) => Ok(name.clone()),
            None => Err(Failure::bad_argument("no list")),
        }
    }

    fn call(&mut self, caller: &Term, table: &Term, function: &str, arguments: &[Term]) -> Outcome {
        self.calls.push(function.into());
        if super::terms::is_atom(table, "no_such_table") {
            return Err(Failure::bad_argument("no such table"));
        }
        Ok(match (function, arguments) {
            ("insert", [object]) => {
                list(object)
                    .unwrap_or_else(|| vec![object.clone()])
                    .into_iter()
                    .for_each(|object| self.put(object));
                term(true)
            }
            ("delete", [key]) => {
                self.objects
                    .retain(|object| ModelFace::key(object).as_ref() != Some(key));
                term(true)
            }
            ("delete_object", [object]) => {
                self.objects.retain(|other| other != object);
                term(true)
            }
            ("tab2list" | "foldl", []) => term(self.objects.clone()),
            ("info", [item]) if super::terms::is_atom(item, "owner") => caller.clone(),
            ("info", [_]) => term(self.objects.len()),
            ("first", []) => self.after(None),
            ("next", [key]) => self.after(Some(key)),
            _ => return Err(Failure::bad_argument(function)),
        })
    }
}

/// A vector file of its own, removed at the end.
struct VectorFile(PathBuf);

impl VectorFile {
    fn new(name: &str, lines: impl AsRef<[u8]>) -> VectorFile {
        let path = std::env::temp_dir().join(format!("{name}_{}.vectors", std::process::id()));
        std::fs::File::create(&path)
            .unwrap()
            .write_all(lines.as_ref())
            .unwrap();
        VectorFile(path)
    }

    fn area(&self) -> String {
        self.0.file_stem().unwrap().to_string_lossy().into_owned()
    }
}

impl Drop for VectorFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

const SCENE: &str =
    "{conformance,1,x,27,1}.\n{scenario,1}.\n{process,p1}.\n{new,p1,t1,tab,[set],ok}.\n";

/// Runs `lines` in a scenario with a process `p1` and its table `t1`. The line that makes the table
/// passes first.
fn run(name: &str, lines: &str) -> AreaReport {
    let file = VectorFile::new(name, format!("{SCENE}{lines}"));
    run_area(&mut ModelFace::default(), &Differences::default(), &file.0).unwrap()
}

/// The counts of passed, failed and skipped lines after those of the scene.
fn counts(report: &AreaReport) -> (usize, usize, usize) {
    (
        report.passed.len() - 1,
        report.failed.len(),
        report.skipped(),
    )
}

#[test]
fn right_answers_pass_and_wrong_ones_fail() {
    let report = run(
        "right_and_wrong",
        "{call,p1,t1,insert,[{a,1}],{ok,true}}.\n\
         {call,p1,t1,insert,[{b,1}],{ok,false}}.\n\
         {call,p1,t1,info,[size],{ok,2}}.\n\
         {call,p1,t1,info,[size],{ok,2.0}}.\n\
         {call,p1,t1,no_such,[],{error,badarg}}.\n\
         {call,p1,t1,no_such,[],{error,system_limit}}.\n\
         {call,p1,t1,info,[size],{error,badarg}}.\n",
    );
    assert_eq!(counts(&report), (3, 4, 0));
    let numbers: Vec<usize> = report.failed.iter().map(|failed| failed.number).collect();
    assert_eq!(numbers, [6, 8, 10, 11]);
    assert_eq!(
        (
            report.failed[0].expected.as_str(),
            report.failed[0].got.as_str()
        ),
        ("{ok,false}", "{ok,true}")
    );
}

#[test]
fn any_order_counts_the_elements() {
    let report = run(
        "any_order",
        "{call,p1,t1,insert,[[{a,1},{b,2}]],{ok,true}}.\n\
         {call,p1,t1,tab2list,[],{any_order,[{b,2},{a,1}]}}.\n\
         {call,p1,t1,tab2list,[],{ok,[{b,2},{a,1}]}}.\n\
         {call,p1,t1,tab2list,[],{any_order,[{a,1},{a,1}]}}.\n\
         {call,p1,t1,tab2list,[],{any_order,[{a,1},{b,2},{b,2}]}}.\n\
         {call,p1,t1,tab2list,[],{any_order,[{a,1.0},{b,2}]}}.\n",
    );
    assert_eq!(counts(&report), (2, 4, 0));
}

#[test]
fn identifiers_go_by_the_names_of_the_scenario() {
    let report = run(
        "names",
        "{call,p1,t1,info,[owner],{ok,p1}}.\n\
         {mailbox,p1,[{'ETS-TRANSFER',shop,p1,data}]}.\n\
         {mailbox,p1,[]}.\n",
    );
    assert_eq!(counts(&report), (2, 1, 0));
}

#[test]
fn a_table_that_was_not_made_is_not_found() {
    let report = run(
        "not_made",
        "{new,p1,t2,x,no_list,{error,badarg}}.\n\
         {call,p1,t2,info,[size],{error,badarg}}.\n\
         {new,p1,t3,x,[],{error,badarg}}.\n",
    );
    assert_eq!(counts(&report), (2, 1, 0));
}

#[test]
fn what_needs_an_ordered_set_or_a_pattern_is_skipped() {
    let report = run(
        "skipped",
        "{new,p1,t2,shop,[set,ordered_set,named_table],ok}.\n\
         {call,p1,t2,insert,[{a,1}],{ok,true}}.\n\
         {new,p1,t3,shop,[named_table],{error,badarg}}.\n\
         {mailbox,p1,[{'ETS-TRANSFER',shop,p1,data}]}.\n\
         {call,p1,t2,rename,[mall],{ok,mall}}.\n\
         {mailbox,p1,[{'ETS-TRANSFER',mall,p1,data}]}.\n\
         {call,p1,t1,whereis,[shop],{ok,a_table}}.\n\
         {new,p1,t4,other,[ordered_set,bag],ok}.\n\
         {call,p1,t1,match,['_'],{ok,[]}}.\n\
         {call,p1,t1,tab2list,[],{ok,[]}}.\n\
         {run,[],[],{ok,[]}}.\n",
    );
    assert_eq!(counts(&report), (2, 0, 9));
}

#[test]
fn lines_after_a_skipped_change_are_skipped_unless_it_can_be_repeated() {
    let fill = "{call,p1,t1,insert,[[{a,1},{b,2}]],{ok,true}}.\n";
    let look = "{call,p1,t1,tab2list,[],{any_order,[{b,2}]}}.\n";
    let repeated = "{call,p1,t1,select_delete,[[{{'_',1},[],[true]}]],{ok,1}}.\n";
    let unclear = "{call,p1,t1,select_delete,[[{{'$1',1},[{'>','$1',x}],[true]}]],{ok,1}}.\n";
    let harmless = "{call,p1,t1,select_delete,[[{{'$1',1},[false],[true]}]],{ok,0}}.\n";
    assert_eq!(
        counts(&run("repeated", &format!("{fill}{repeated}{look}"))),
        (2, 0, 1)
    );
    assert_eq!(
        counts(&run("unclear", &format!("{fill}{unclear}{look}"))),
        (1, 0, 2)
    );
    assert_eq!(
        counts(&run("harmless", &format!("{fill}{harmless}{look}"))),
        (1, 1, 1)
    );
}

#[test]
fn composite_functions_are_made_of_single_calls() {
    let report = run(
        "composite",
        "{call,p1,t1,insert_range,[1,9,2,tuple],{ok,5}}.\n\
         {call,p1,t1,tab2list,[],{any_order,[{{1,0},1,1},{{3,0},9,3},{{5,0},25,5},{{7,0},49,7},{{9,0},81,9}]}}.\n\
         {call,p1,t1,delete_range,[3,100,1,tuple],{ok,1}}.\n\
         {call,p1,t1,insert_range_at_once,[8,9,1,binary],{ok,3}}.\n\
         {call,p1,t1,tab2list,[],{ok,[{{1,0},1,1},{<<\"8\">>,8,1},{<<\"9\">>,9,2}]}}.\n\
         {call,p1,t1,walk,[first,next],{ok,[{1,0},<<\"8\">>,<<\"9\">>]}}.\n\
         {call,p1,t1,foldl_keys,[],{ok,[<<\"9\">>,<<\"8\">>,{1,0}]}}.\n\
         {call,p1,t1,insert_range,[1,9,0,tuple],{error,badarg}}.\n",
    );
    assert_eq!(counts(&report), (7, 1, 0));
}

#[test]
fn term_order_is_judged() {
    let report = run(
        "order",
        "{compare,1,1.0,equal,false}.\n\
         {compare,1,1.0,equal,true}.\n\
         {compare,a,b,greater,false}.\n\
         {sorted,[1,a,{},[]]}.\n\
         {sorted,[a,1]}.\n\
         {sorted,[1,1.0]}.\n",
    );
    assert_eq!(counts(&report), (2, 4, 0));
}

#[test]
fn what_is_no_line_fails() {
    let report = run(
        "no_line",
        "{call,p1\n{unheard_of,1}.\n{call,p9,t1,info,[size],{ok,0}}.\n{exit,p9}.\n",
    );
    assert_eq!(counts(&report), (0, 4, 0));
    let old = run_area(
        &mut ModelFace::default(),
        &Differences::default(),
        &VectorFile::new("other_version", "{conformance,2,x,27,1}.\n").0,
    );
    assert_eq!(old.unwrap().failed.len(), 1);
}

#[test]
fn the_bytes_of_a_file_are_characters() {
    let mut bytes = Vec::from(SCENE);
    bytes.extend(b"{call,p1,t1,insert,[{\"\xfd\",1}],{ok,true}}.\n");
    bytes.extend(b"{call,p1,t1,tab2list,[],{ok,[{[253],1}]}}.\n");
    let file = VectorFile::new("latin_1", bytes);
    let report = run_area(&mut ModelFace::default(), &Differences::default(), &file.0).unwrap();
    assert_eq!(counts(&report), (2, 0, 0));
}

/// Runs one line, the fifth of its file, with a list of differences whose rows name the area
/// `AREA`.
fn run_with_differences(name: &str, line: &str, rows: &str) -> AreaReport {
    let file = VectorFile::new(name, format!("{SCENE}{line}"));
    let document = format!(
        "# Title\n\n| Area | Line | Face | Erlang | Heirloom | Why |\n|---|---|---|---|---|---|\n{}\n",
        rows.replace("AREA", &file.area())
    );
    let differences = Differences::parse(&document, "model").unwrap();
    run_area(&mut ModelFace::default(), &differences, &file.0).unwrap()
}

#[test]
fn a_listed_difference_must_be_exactly_the_one_that_is_there() {
    let line = "{call,p1,t1,info,[size],{ok,[a|1]}}.\n";
    let row = |line: usize, face: &str, erlang: &str, ours: &str| {
        format!("| AREA | {line} | {face} | `{erlang}` | `{ours}` | a reason |")
    };
    let failures = |name: &str, row: String| run_with_differences(name, line, &row).failed.len();
    assert_eq!(
        failures("listed", row(5, "every", "{ok,[a\\|1]}", "{ok,0}")),
        0
    );
    assert_eq!(
        failures("of_our_face", row(5, "model", "{ok,[a\\|1]}", "{ok,0}")),
        0
    );
    assert_eq!(
        failures("of_another_face", row(5, "disk", "{ok,[a\\|1]}", "{ok,0}")),
        1
    );
    assert_eq!(
        failures("not_ours", row(5, "every", "{ok,[a\\|1]}", "{ok,1}")),
        1
    );
    assert_eq!(
        failures("not_recorded", row(5, "every", "{ok,[a\\|2]}", "{ok,0}")),
        1
    );
    assert_eq!(
        failures("another_line", row(3, "every", "{ok,[a\\|1]}", "{ok,0}")),
        2
    );
    let agreed = row(5, "every", "{ok,0}", "{ok,1}");
    let report = run_with_differences("agreed", "{call,p1,t1,info,[size],{ok,0}}.\n", &agreed);
    assert_eq!(report.failed.len(), 1);
}

#[test]
fn a_malformed_list_of_differences_is_an_error() {
    let parse = |rows: &str| {
        let document = format!(
            "| Area | Line | Face | Erlang | Heirloom | Why |\n|---|---|---|---|---|---|\n{rows}\n"
        );
        Differences::parse(&document, "model").is_ok()
    };
    let row = "| set | 5 | every | `{ok,1}` | `{ok,2}` | a reason |";
    assert!(parse(row));
    assert!(!parse(&format!("{row}\n{row}")));
    assert!(!parse("| set | 5 | every | `{ok,1}` | `{ok,2}` | |"));
    assert!(!parse(
        "| set | five | every | `{ok,1}` | `{ok,2}` | a reason |"
    ));
    assert!(!parse("| set | 5 | every | `ok` | `{ok,2}` | a reason |"));
    assert!(Differences::parse("no table", "model").is_err());
}

#[test]
fn our_own_list_of_differences_can_be_read() {
    Differences::of_directory(&crate::shell::project_root().join("conformance"), "rust").unwrap();
}
