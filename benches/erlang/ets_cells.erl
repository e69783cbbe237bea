%% The cells of the comparison on real ETS. Told what to do by lines on standard input; answers each with one line,
%% "ok ..." or "error ...". Started and driven by src/ets.
%%
%% The operations of a cell are put in a list beforehand, keys to be read as they are and objects to be written as
%% tuples, and kept as persistent terms, so that no garbage collection of the workers has to copy them. What a worker
%% does between two calls of ets is to take the next element of that list.
-module(ets_cells).
-export([main/0]).

-define(WRITE_BIT, 16#80000000).
%% Operations between two looks at the clock.
-define(BLOCK, 256).
%% Objects in a block of an episode.
-define(EPISODE_BLOCK, 64).
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
command(["create", Word], State = #{table := Old}) ->
    Shape = list_to_existing_atom(Word),
    Old =:= none orelse ets:delete(Old),
    {[], State#{table := ets_objects:new_table(Shape), shape := Shape}};
%% fill N: the objects with the indices below N.
command(["fill", N], State = #{table := Table, shape := Shape}) ->
    ets_objects:fill(Table, Shape, list_to_integer(N)),
    {[], State};
%% stream SLOT FILE: the operations of one thread.
command(["stream", Slot | File], State = #{shape := Shape}) ->
    Operations = [operation(Shape, Number) || Number <- words(File)],
    persistent_term:put({stream, list_to_integer(Slot)}, Operations),
    {[], State};
%% fresh FIRST N SETS: an episode is to insert the objects with so many indices from the first one on, the next one
%% those with as many indices after them, and so on; after so many of these sets the first one again.
command(["fresh" | Numbers], State = #{shape := Shape}) ->
    [First, N, Sets] = [list_to_integer(Number) || Number <- Numbers],
    Set = fun(At) -> [ets_objects:object(Shape, First + At * N + Index, 0) || Index <- lists:seq(0, N - 1)] end,
    episode_sets([Set(At) || At <- lists:seq(0, Sets - 1)]),
    {[], State};
%% ascending N: an episode is to insert so many objects above all others.
command(["ascending", N], State = #{shape := Shape}) ->
    Indices = lists:seq(0, list_to_integer(N) - 1),
    episode_sets([[ets_objects:ascending_object(Shape, Index) || Index <- Indices]]),
    {[], State};
%% lowest FILE: an episode is to take out the objects with these indices, which are the least ones.
command(["lowest" | File], State = #{shape := Shape}) ->
    episode_sets([[ets_objects:object(Shape, Index, 0) || Index <- words(File)]]),
    {[], State};
%% slice WORK ARGUMENT THREADS WARM TIMED: milliseconds. Answers operations a second, the slowest worker's part of
%% the mean, reads, and reads that found an object.
command(["slice", Word | Numbers], State = #{table := Table}) ->
    [Argument, Threads, Warm, Timed] = [list_to_integer(Number) || Number <- Numbers],
    Block = ets_works:block(list_to_existing_atom(Word), Argument, Table),
    Work = fun(Slot) ->
        Operations = persistent_term:get({stream, Slot}, [none]),
        fun([]) -> Block(Operations); (Rest) -> Block(Rest) end
    end,
    {ets_slices:slice(Threads, Warm, Timed, Work), State};
%% episodes inserts|pops 0 THREADS WARM TIMED: answers as slice.
command(["episodes", Word, _ | Numbers], State = #{table := Table}) ->
    [Threads, Warm, Timed] = [list_to_integer(Number) || Number <- Numbers],
    {Do, Restore} = episode(Word, Table),
    {ets_slices:episodes(Threads, {Warm, Timed}, persistent_term:get(episode), Do, Restore), State};
%% answers QUESTION ARGUMENT INDEX: how many answers there are.
command(["answers", Word, Argument, Index], State = #{table := Table, shape := Shape}) ->
    Key = ets_objects:key(Shape, list_to_integer(Index)),
    {[ets_works:answers(list_to_existing_atom(Word), list_to_integer(Argument), Table, Key)], State};
%% counter THREADS WARM TIMED: as slice, counting up one key of a table of its own.
command(["counter" | Numbers], State) ->
    [Threads, Warm, Timed] = [list_to_integer(Number) || Number <- Numbers],
    Table = ets_objects:new_table(ints),
    [ets:insert(Table, {ets_objects:key(ints, Index), 0}) || Index <- lists:seq(0, 999)],
    Hot = ets_objects:key(ints, ?HOT_INDEX),
    Work = fun(_) -> fun(_) -> count(?BLOCK, Table, Hot), {[], 0, 0, ?BLOCK} end end,
    Totals = ets_slices:slice(Threads, Warm, Timed, Work),
    ets:delete(Table),
    {Totals, State};
%% growth N: answers how long inserts took while a table grew, in nanoseconds: half, all but 1 in 10,000, all, together.
command(["growth", N], State) ->
    {growth(list_to_integer(N)), State};
%% memory: what the table says it occupies, in bytes.
command(["memory"], State = #{table := Table}) ->
    {[ets:info(Table, memory) * erlang:system_info(wordsize)], State}.

%% The 32-bit little-endian numbers of a file, whose name may have had spaces.
words(File) ->
    {ok, Bytes} = file:read_file(lists:append(lists:join(" ", File))),
    [Number || <<Number:32/little>> <= Bytes].

operation(Shape, Number) when Number >= ?WRITE_BIT -> {insert, ets_objects:object(Shape, Number - ?WRITE_BIT, 1)};
operation(Shape, Number) -> ets_objects:key(Shape, Number).

count(0, _Table, _Key) ->
    ok;
count(N, Table, Key) ->
    ets:update_counter(Table, Key, 1),
    count(N - 1, Table, Key).

%% Episodes.

%% A tuple of sets, each a tuple of blocks.
episode_sets(Sets) ->
    persistent_term:put(episode, list_to_tuple([list_to_tuple(cut(Objects)) || Objects <- Sets])).

cut([]) -> [];
cut(Objects) ->
    {Block, Rest} = take(?EPISODE_BLOCK, Objects, []),
    [Block | cut(Rest)].

take(N, [Object | Rest], Taken) when N > 0 -> take(N - 1, Rest, [Object | Taken]);
take(_N, Rest, Taken) -> {lists:reverse(Taken), Rest}.

%% What is done with a block, and how everything becomes as it was.
episode("inserts", Table) ->
    Restore = fun(Blocks) -> each_object(fun(Object) -> ets:delete(Table, element(1, Object)) end, Blocks) end,
    {fun(Objects) -> ets_works:insert(Table, Objects) end, Restore};
episode("pops", Table) ->
    Restore = fun(Blocks) -> each_object(fun(Object) -> ets:insert(Table, Object) end, Blocks) end,
    {fun(Objects) -> ets_works:pop(Table, length(Objects)) end, Restore}.

each_object(Do, Blocks) ->
    lists:foreach(fun(Objects) -> lists:foreach(Do, Objects) end, tuple_to_list(Blocks)).

%% Growth.

growth(N) ->
    Table = ets_objects:new_table(ints),
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
    Object = ets_objects:object(ints, Index, 0),
    Begin = erlang:monotonic_time(nanosecond),
    ets:insert(Table, Object),
    Took = erlang:monotonic_time(nanosecond) - Begin,
    case Took >= ?SLOW_INSERT of
        true -> grow(Table, Index + 1, End, [Took | Slow], Sum + Took);
        false -> grow(Table, Index + 1, End, Slow, Sum + Took)
    end.
