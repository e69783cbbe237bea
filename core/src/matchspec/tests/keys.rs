//! What specifications say about keys.

use super::{spec, term};
use crate::matchspec::KeyAccess;

/// What a specification says about the key at position 1, in words.
fn access(text: &str) -> String {
    spec(text).key_access(1).to_string()
}

#[test]
fn a_bound_key_is_looked_up() {
    assert_eq!(access("[{{a,'_'},[],['$_']}]"), "lookup of a");
    assert_eq!(
        access("[{{{a,\"x\",1.0}},[],['$_']}]"),
        "lookup of {a,\"x\",1.0}"
    );
    assert_eq!(
        access("[{{b,'_'},[],['$_']},{{a,1},[],['$_']},{{b},[],['$_']}]"),
        "lookup of a, b"
    );
    assert_eq!(
        access("[{{'$1'},[{'=:=','$1',{const,{a}}}],['$_']}]"),
        "lookup of {a}"
    );
    // Special atoms of expressions are literals in a head.
    assert_eq!(access("[{{'$_'},[],['$_']}]"), "lookup of '$_'");
}

#[test]
fn other_key_positions_count() {
    let spec = spec("[{{'_',b,'_'},[],['$_']}]");
    assert_eq!(spec.key_access(1), KeyAccess::Every);
    assert_eq!(spec.key_access(2), KeyAccess::Keys(vec![term("b")]));
    assert_eq!(spec.key_access(4), KeyAccess::Nothing);
}

#[test]
fn what_cannot_match_is_left_out() {
    assert_eq!(access("[]"), "no object");
    assert_eq!(access("[{foo,[],['$_']},{{},[],['$_']}]"), "no object");
    assert_eq!(access("[{{'$1'},[false],['$_']}]"), "no object");
    assert_eq!(
        access("[{{'$1'},[{'>','$1',3},{'<','$1',3}],['$_']}]"),
        "no object"
    );
    assert_eq!(
        access("[{{'$1'},[{'=:=','$1',3},{'=:=','$1',4}],['$_']}]"),
        "no object"
    );
    assert_eq!(access("[{foo,[],['$_']},{{a},[],['$_']}]"), "lookup of a");
}

#[test]
fn guards_bound_the_key() {
    assert_eq!(access("[{{'$1','_'},[{'>','$1',3}],['$_']}]"), "keys > 3");
    assert_eq!(
        access(
            "[{{'$1','_'},[{'and',{'>=','$1',3},{'andalso',{'>',9,'$1'},{is_atom,x}}}],['$_']}]"
        ),
        "keys >= 3 and < 9"
    );
    assert_eq!(
        access("[{'_',[{'=<',{element,1,'$_'},{{a,[b]}}}],['$_']}]"),
        "keys =< {a,[b]}"
    );
    assert_eq!(
        access("[{{'$1'},[{'==','$1',1}],['$_']}]"),
        "keys >= 1 and =< 1"
    );
    assert_eq!(
        access("[{{'$1'},[{'>','$1',3},{'<','$1',5}],[x]},{{7},[],[x]}]"),
        "keys > 3 and =< 7"
    );
    // Of two equal bounds the tighter one counts.
    assert_eq!(
        access("[{{'$1'},[{'>=','$1',3},{'>','$1',3.0}],[x]}]"),
        "keys > 3.0"
    );
}

#[test]
fn guards_that_say_nothing_are_passed_over() {
    assert_eq!(
        access("[{{'$1','$2'},[{'>','$2',3}],['$_']}]"),
        "every object"
    );
    assert_eq!(
        access("[{{'$1','$2'},[{'>','$1','$2'}],['$_']}]"),
        "every object"
    );
    assert_eq!(
        access("[{{'$1'},[{'or',{'>','$1',3},{'<','$1',1}}],['$_']}]"),
        "every object"
    );
    assert_eq!(access("[{{'$1'},[{'/=','$1',3}],['$_']}]"), "every object");
    assert_eq!(
        access("[{{'$1'},[{'>','$1',3}],[x]},{{'$1'},[{'<','$1',5}],[x]}]"),
        "every object"
    );
}

#[test]
fn a_tuple_may_begin_with_literals() {
    assert_eq!(access("[{{{a,1,'$1',b}},[],['$_']}]"), "keys {a,1,_,_}");
    assert_eq!(access("[{{{'$1',b}},[],['$_']}]"), "keys {_,_}");
    // A map in a head matches larger ones too.
    assert_eq!(access("[{{{a,#{}}},[],['$_']}]"), "keys {a,_}");
    assert_eq!(access("[{{#{}},[],['$_']}]"), "every object");
    assert_eq!(
        access("[{{{a,1,'_'}},[],[x]},{{{a,2,'_'}},[],[x]}]"),
        "keys {a,_,_}"
    );
    assert_eq!(
        access("[{{{a,'_'}},[],[x]},{{{a,'_','_'}},[],[x]}]"),
        "every object"
    );
    assert_eq!(access("[{{{a,'_'}},[],[x]},{{b},[],[x]}]"), "every object");
}
