%% Tables, and what is in them: keys and values as in src/workload.
-module(ets_objects).
-export([new_table/1, fill/3, key/2, object/3, ascending_object/2]).

-define(MASK64, 16#FFFFFFFFFFFFFFFF).
-define(MASK59, 16#7FFFFFFFFFFFFFF).
-define(SCATTER_A, 16#9E3779B97F4A7C15).
-define(SCATTER_B, 16#C2B2AE3D27D4EB4F).
-define(GENERATIONS, 4096).
%% Bits of an integer key of an ordered table; bits that tell names apart; objects of a name.
-define(INT_BITS, 58).
-define(NAME_BITS, 54).
-define(NUMBERS, 16).
%% Orders of a customer; bits of the number that an order is made of; amounts are below this.
-define(ORDERS_EACH, 16).
-define(RANDOM_BITS, 40).
-define(AMOUNTS, 1000).
%% A prime above any number of objects: scatters the order in which an ordered table is filled.
-define(RANK_STEP, 1610612741).

new_table(Shape) ->
    ets:new(cells, [type(Shape), public, {write_concurrency, auto}, {read_concurrency, true}]).

type(Shape) ->
    case lists:member(Shape, [ordered_ints, named, ordered_orders]) of
        true -> ordered_set;
        false -> set
    end.

%% The objects with the indices below N.
fill(Table, Shape, N) ->
    Scattered = lists:member(Shape, [named, set_orders, ordered_orders]),
    fill(Table, Shape, Scattered, 0, N).

fill(_Table, _Shape, _Scattered, N, N) ->
    ok;
fill(Table, Shape, false, Rank, N) ->
    ets:insert(Table, object(Shape, Rank, 0)),
    fill(Table, Shape, false, Rank + 1, N);
fill(Table, Shape, true, Rank, N) ->
    ets:insert(Table, object(Shape, Rank * ?RANK_STEP rem N, 0)),
    fill(Table, Shape, true, Rank + 1, N).

key(ints, Index) ->
    ((Index + 1) * ?SCATTER_A) band ?MASK59;
key(binaries, Index) ->
    A = ((Index + 1) * ?SCATTER_A) band ?MASK64,
    B = ((Index + 1) * ?SCATTER_B) band ?MASK64,
    <<A:64/little, B:64/little>>;
key(ordered_ints, Index) ->
    mixed(Index, ?INT_BITS);
key(named, Index) ->
    Word = name_word(Index),
    {<<Word:64/big, (Word * ?SCATTER_B):64/big>>, Index rem ?NUMBERS};
key(_Orders, Index) ->
    {Index div ?ORDERS_EACH, Index rem ?ORDERS_EACH}.

object(Orders, Index, _Generation) when Orders =:= set_orders; Orders =:= ordered_orders ->
    Random = mixed(Index, ?RANDOM_BITS),
    State = element(Random div ?AMOUNTS rem 4 + 1, {open, paid, sent, gone}),
    {key(Orders, Index), Random rem ?AMOUNTS, State};
object(named, Index, Generation) ->
    Word = (name_word(Index) bsr 6) bor (Index rem ?NUMBERS),
    {key(named, Index), value(ordered_ints, Word, Generation)};
object(Shape, Index, Generation) ->
    Key = key(Shape, Index),
    {Key, value(Shape, Key, Generation)}.

%% Objects above all others, ascending with the index.
ascending_object(ordered_ints, Index) ->
    {(1 bsl ?INT_BITS) + Index, Index};
ascending_object(named, Index) ->
    {{<<?MASK64:64, ?MASK64:64>>, Index}, Index}.

value(binaries, <<A:64/little, _/binary>>, Generation) ->
    Words = [((A bsl (8 * At)) bor (A bsr (64 - 8 * At))) band ?MASK64 || At <- lists:seq(0, 7)],
    << <<(Word bxor Generation):64/little>> || Word <- Words >>;
value(_Ints, Key, Generation) ->
    (Key band bnot (?GENERATIONS - 1)) bor Generation.

name_word(Index) ->
    mixed(Index div ?NUMBERS, ?NAME_BITS) bsl (64 - ?NAME_BITS).

mixed(Index, Bits) ->
    mix(mix(Index + 1, ?SCATTER_A, Bits), ?SCATTER_B, Bits).

mix(Number, Factor, Bits) ->
    Product = (Number * Factor) band ((1 bsl Bits) - 1),
    Product bxor (Product bsr (Bits div 2)).
