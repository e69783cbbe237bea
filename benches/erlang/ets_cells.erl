%% The cells of the comparison on real ETS. Told what to do by lines on standard input; answers each with one line,
%% "ok ..." or "error ...". Started and driven by src/ets.rs.
%%
%% The operations of a cell are put in a list beforehand, keys to be read as they are and objects to be written as
%% tuples, and kept as persistent terms, so that no garbage collection of the workers has to copy them. What a worker
%% does between two calls of ets is to take the next element of that list.
-module(ets_cells).
-export([main/0]).

-define(MASK64, 16#FFFFFFFFFFFFFFFF).
-define(MASK59, 16#7FFFFFFFFFFFFFF).
-define(SCATTER_A, 16#9E3779B97F4A7C15).
-define(SCATTER_B, 16#C2B2AE3D27D4EB4F).
-define(GENERATIONS, 4096).
-define(WRITE_BIT, 16#80000000).
%% Operations between two looks at the clock.
-define(BLOCK, 256).
%% Inserts faster than this are not kept one by one while a table grows; no unit but nanoseconds.
-define(SLOW_INSERT, 2000).
%% The key that is counted up.
-define(HOT_INDEX, 500).

main() ->
    serve(#{table => none, shape => ints}).

serve(State) ->
    case io:get_line("") of
        eof -> halt(0);
        Line -> answer(string:lexemes(Line, " \n"), State)
    end.

answer(Words, State) ->
    try command(Words, State) of
        {Reply, Next} -> io:format("ok~s~n", [[[" ", number(Number)] || Number <- Reply]]), serve(Next)
    catch
        Class:Reason -> io:format("error ~0p~n", [{Class, Reason}]), serve(State)
    end.

number(Number) when is_integer(Number) -> integer_to_list(Number);
number(Number) when is_float(Number) -> io_lib:format("~.3f", [Number]).

%% pid: the operating system's number of this process.
command(["pid"], State) ->
    {[list_to_integer(os:getpid())], State};
%% create SHAPE: an empty table in place of the one before.
command(["create", Shape], State = #{table := Old}) ->
    Old =:= none orelse ets:delete(Old),
    {[], State#{table := new_table(), shape := list_to_existing_atom(Shape)}};
%% fill N: the objects with the indices below N.
command(["fill", N], State = #{table := Table, shape := Shape}) ->
    fill(Table, Shape, 0, list_to_integer(N)),
    {[], State};
%% stream SLOT FILE: the operations of one thread, as 32-bit little-endian numbers.
command(["stream", Slot | File], State = #{shape := Shape}) ->
    {ok, Bytes} = file:read_file(lists:append(lists:join(" ", File))),
    Operations = [operation(Shape, Number) || <<Number:32/little>> <= Bytes],
    persistent_term:put({stream, list_to_integer(Slot)}, Operations),
    {[], State};
%% slice KIND THREADS WARM TIMED: milliseconds. Answers operations a second, the slowest worker's part of
%% the mean, reads, and reads that found an object.
command(["slice", Kind | Numbers], State = #{table := Table}) ->
    [Threads, Warm, Timed] = [list_to_integer(Number) || Number <- Numbers],
    Cell = list_to_existing_atom(Kind),
    Work = fun(Slot) ->
        Operations = persistent_term:get({stream, Slot}),
        fun(Rest) -> block(Cell, Table, Rest, Operations) end
    end,
    {totals(Threads, Warm, Timed, Work), State};
%% counter THREADS WARM TIMED: as slice, counting up one key of a table of its own.
command(["counter" | Numbers], State) ->
    [Threads, Warm, Timed] = [list_to_integer(Number) || Number <- Numbers],
    Table = new_table(),
    [ets:insert(Table, {key(ints, Index), 0}) || Index <- lists:seq(0, 999)],
    Hot = key(ints, ?HOT_INDEX),
    Totals = totals(Threads, Warm, Timed, fun(_) -> fun(_) -> count(?BLOCK, Table, Hot), {[], 0, 0, ?BLOCK} end end),
    ets:delete(Table),
    {Totals, State};
%% growth N: answers how long inserts took while a table grew, in nanoseconds: half, all but 1 in 10,000, all, together.
command(["growth", N], State) ->
    {growth(list_to_integer(N)), State};
%% memory: what the table says it occupies, in bytes.
command(["memory"], State = #{table := Table}) ->
    {[ets:info(Table, memory) * erlang:system_info(wordsize)], State}.

new_table() ->
    ets:new(cells, [set, public, {write_concurrency, auto}, {read_concurrency, true}]).

%% Keys and values, as in src/workload.rs.

key(ints, Index) ->
    ((Index + 1) * ?SCATTER_A) band ?MASK59;
key(binaries, Index) ->
    A = ((Index + 1) * ?SCATTER_A) band ?MASK64,
    B = ((Index + 1) * ?SCATTER_B) band ?MASK64,
    <<A:64/little, B:64/little>>.

value(ints, Key, Generation) ->
    (Key band bnot (?GENERATIONS - 1)) bor Generation;
value(binaries, <<A:64/little, _/binary>>, Generation) ->
    Words = [((A bsl (8 * At)) bor (A bsr (64 - 8 * At))) band ?MASK64 || At <- lists:seq(0, 7)],
    << <<(Word bxor Generation):64/little>> || Word <- Words >>.

object(Shape, Index, Generation) ->
    Key = key(Shape, Index),
    {Key, value(Shape, Key, Generation)}.

operation(Shape, Number) when Number >= ?WRITE_BIT -> object(Shape, Number - ?WRITE_BIT, 1);
operation(Shape, Number) -> key(Shape, Number).

fill(_Table, _Shape, End, End) ->
    ok;
fill(Table, Shape, Index, End) ->
    ets:insert(Table, object(Shape, Index, 0)),
    fill(Table, Shape, Index + 1, End).

%% Slices. Work(Slot) gives a function that does one block: Rest -> {Rest, Reads, Found, Operations}.

totals(Threads, Warm, Timed, Work) ->
    Parent = self(),
    Start = fun(Slot) ->
        Body = fun() -> Parent ! {self(), worker(Warm, Timed, Work(Slot))} end,
        %% One worker to a scheduler, so that two of them never share one.
        spawn_opt(Body, [link, {scheduler, Slot + 1}, {min_heap_size, 100000}])
    end,
    Workers = [Start(Slot) || Slot <- lists:seq(0, Threads - 1)],
    Results = [receive {Worker, Result} -> Result end || Worker <- Workers],
    {Rates, Reads, Found} = lists:unzip3(Results),
    Rate = lists:sum(Rates),
    [Rate, lists:min(Rates) * Threads / Rate, lists:sum(Reads), lists:sum(Found)].

worker(Warm, Timed, Block) ->
    Begin = erlang:monotonic_time(nanosecond),
    {Rest, _, Reads0, Found0, _} = blocks(Begin + Warm * 1000000, Block, [], 0, 0, 0),
    Middle = erlang:monotonic_time(nanosecond),
    {_, Operations, Reads, Found, End} = blocks(Middle + Timed * 1000000, Block, Rest, 0, 0, 0),
    {Operations * 1.0e9 / (End - Middle), Reads0 + Reads, Found0 + Found}.

blocks(Deadline, Block, Rest, Operations, Reads, Found) ->
    {Next, MoreReads, MoreFound, Done} = Block(Rest),
    case erlang:monotonic_time(nanosecond) of
        Now when Now < Deadline -> blocks(Deadline, Block, Next, Operations + Done, Reads + MoreReads, Found + MoreFound);
        Now -> {Next, Operations + Done, Reads + MoreReads, Found + MoreFound, Now}
    end.

block(Cell, Table, [], All) -> block(Cell, Table, All, All);
block(reads, Table, Rest, _) -> reads(?BLOCK, Table, Rest, 0);
block(mixed, Table, Rest, _) -> mixed(?BLOCK, Table, Rest, 0, 0);
block(churn, Table, Rest, _) -> churn(?BLOCK, Table, Rest).

reads(0, _Table, Rest, Found) ->
    {Rest, ?BLOCK, Found, ?BLOCK};
reads(N, Table, [Key | Rest], Found) ->
    case ets:lookup(Table, Key) of
        [{_, _}] -> reads(N - 1, Table, Rest, Found + 1);
        [] -> reads(N - 1, Table, Rest, Found)
    end.

mixed(0, _Table, Rest, Reads, Found) ->
    {Rest, Reads, Found, ?BLOCK};
mixed(N, Table, [Object | Rest], Reads, Found) when is_tuple(Object) ->
    ets:insert(Table, Object),
    mixed(N - 1, Table, Rest, Reads, Found);
mixed(N, Table, [Key | Rest], Reads, Found) ->
    case ets:lookup(Table, Key) of
        [{_, _}] -> mixed(N - 1, Table, Rest, Reads + 1, Found + 1);
        [] -> mixed(N - 1, Table, Rest, Reads + 1, Found)
    end.

%% Objects are inserted and keys deleted: half and half, as in the other contenders.
churn(0, _Table, Rest) ->
    {Rest, 0, 0, ?BLOCK};
churn(N, Table, [Object | Rest]) when is_tuple(Object) ->
    ets:insert(Table, Object),
    churn(N - 1, Table, Rest);
churn(N, Table, [Key | Rest]) ->
    ets:delete(Table, Key),
    churn(N - 1, Table, Rest).

count(0, _Table, _Key) ->
    ok;
count(N, Table, Key) ->
    ets:update_counter(Table, Key, 1),
    count(N - 1, Table, Key).

%% Growth.

growth(N) ->
    Table = new_table(),
    {Slow, Sum} = grow(Table, 0, N, [], 0),
    Sorted = lists:sort(fun erlang:'>='/2, Slow),
    Most = case length(Sorted) > N div 10000 of
        true -> lists:nth(N div 10000 + 1, Sorted);
        false -> ?SLOW_INSERT
    end,
    Slowest = case Sorted of [] -> ?SLOW_INSERT; [First | _] -> First end,
    ets:delete(Table),
    [Sum div N, Most, Slowest, Sum].

grow(_Table, End, End, Slow, Sum) ->
    {Slow, Sum};
grow(Table, Index, End, Slow, Sum) ->
    Object = object(ints, Index, 0),
    Begin = erlang:monotonic_time(nanosecond),
    ets:insert(Table, Object),
    Took = erlang:monotonic_time(nanosecond) - Begin,
    case Took >= ?SLOW_INSERT of
        true -> grow(Table, Index + 1, End, [Took | Slow], Sum + Took);
        false -> grow(Table, Index + 1, End, Slow, Sum + Took)
    end.
