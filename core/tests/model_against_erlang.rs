//! Is the model right? It answers the conformance vectors, which a real Erlang recorded: every line
//! about tables in memory, about match specifications and about the order of terms. What the model
//! says of the crate is worth as much as what this says of the model.

mod model;
mod recorded;

/// Everything but the areas of tables on disk.
const AREAS: [&str; 15] = [
    "set",
    "bag",
    "duplicate_bag",
    "ordered_set",
    "counters",
    "elements",
    "match",
    "select",
    "replace",
    "bad_arguments",
    "traversal",
    "large",
    "ownership",
    "match_spec",
    "term_order",
];

#[test]
fn the_model_answers_as_erlang_did() {
    for area in AREAS {
        let judged = recorded::run_area(area);
        println!("{area}: {judged} lines agree");
        assert!(judged > 300, "{area}: only {judged} lines were judged");
    }
}
