%% Slices: workers side by side for some milliseconds, each on a scheduler of its own.
-module(ets_slices).
-export([slice/4, episodes/5]).

%% A slice takes at most so many times as long as its counted part would if nothing had to be restored.
-define(RESTORING_MAX, 3).

%% Block(Slot) gives a function that does one block: Rest -> {Rest, Reads, Found, Operations}.
%% Answers operations a second, the slowest worker's part of the mean, reads, and reads that found an object.
slice(Threads, Warm, Timed, Block) ->
    Parent = self(),
    Body = fun(Slot) -> Parent ! {self(), worker(Warm, Timed, Block(Slot))} end,
    Workers = [start(Body, Slot) || Slot <- lists:seq(0, Threads - 1)],
    totals([receive {Worker, Result} -> Result end || Worker <- Workers]).

%% One worker to a scheduler, so that two of them never share one.
start(Body, Slot) ->
    spawn_opt(fun() -> Body(Slot) end, [link, {scheduler, Slot + 1}, {min_heap_size, 100000}]).

totals(Results) ->
    {Rates, Reads, Found} = lists:unzip3(Results),
    Rate = lists:sum(Rates),
    [Rate, lists:min(Rates) * length(Results) / Rate, lists:sum(Reads), lists:sum(Found)].

%% A block that outlasts the slice is its measure, as in src/measure/mod.rs.
worker(Warm, Timed, Block) ->
    Begin = now_nanoseconds(),
    {First, Reads, Found, Done} = Block([]),
    case now_nanoseconds() of
        Now when Now >= Begin + (Warm + Timed) * 1000000 -> {rate(Done, Now - Begin), Reads, Found};
        _ -> worker(Begin + Warm * 1000000, Timed, Block, First, Reads, Found)
    end.

worker(WarmEnd, Timed, Block, First, Reads0, Found0) ->
    {Rest, _, Reads1, Found1, _} = blocks(WarmEnd, Block, First, 0, Reads0, Found0),
    Middle = now_nanoseconds(),
    {_, Operations, Reads, Found, End} = blocks(Middle + Timed * 1000000, Block, Rest, 0, Reads1, Found1),
    {rate(Operations, End - Middle), Reads, Found}.

blocks(Deadline, Block, Rest, Operations, Reads, Found) ->
    {Next, MoreReads, MoreFound, Done} = Block(Rest),
    case now_nanoseconds() of
        Now when Now < Deadline -> blocks(Deadline, Block, Next, Operations + Done, Reads + MoreReads, Found + MoreFound);
        Now -> {Next, Operations + Done, Reads + MoreReads, Found + MoreFound, Now}
    end.

now_nanoseconds() ->
    erlang:monotonic_time(nanosecond).

rate(Operations, Nanoseconds) ->
    Operations * 1.0e9 / max(1, Nanoseconds).

%% Episodes, as in src/measure/episodes.rs: all workers do the blocks of a set together, Block(Element) ->
%% {Operations, Reads, Found}, whoever comes first; then Restore(Blocks) makes everything as it was, off the clock. The
%% next episode has the next set.
episodes(Threads, {Warm, Timed}, Sets, Block, Restore) ->
    Parent = self(),
    %% The block that comes next, and arrivals at the beginning of an episode.
    Shared = atomics:new(2, []),
    Body = fun(_) -> episode_worker(Parent, Threads, Shared, Block, 1) end,
    Workers = [start(Body, Slot) || Slot <- lists:seq(0, Threads - 1)],
    Nothing = [{0, 0, 0, 0} || _ <- Workers],
    Begin = now_nanoseconds(),
    Times = {Begin + Warm * 1000000, Timed * 1000000, Begin + (Warm + Timed) * ?RESTORING_MAX * 1000000},
    Episode = fun(Round) -> one_episode(Workers, Shared, element(Round rem tuple_size(Sets) + 1, Sets), Restore) end,
    Parts = rounds(0, warm, Times, Episode, Nothing),
    [Worker ! stop || Worker <- Workers],
    totals([{rate(Operations, Took), Reads, Found} || {Operations, Took, Reads, Found} <- Parts]).

rounds(Round, Phase, Times = {WarmEnd, Timed, End}, Episode, Parts) ->
    Sums = [add(Phase, Old, New) || {Old, New} <- lists:zip(Parts, Episode(Round))],
    {_, Took, _, _} = hd(Sums),
    case {Phase, now_nanoseconds()} of
        {warm, Now} when Now < WarmEnd -> rounds(Round + 1, warm, Times, Episode, Sums);
        {warm, _} -> rounds(Round + 1, timed, Times, Episode, Sums);
        {timed, Now} when Took < Timed, Now < End -> rounds(Round + 1, timed, Times, Episode, Sums);
        {timed, _} -> Sums
    end.

one_episode(Workers, Shared, Blocks, Restore) ->
    [Worker ! {go, Blocks} || Worker <- Workers],
    Parts = [receive {Worker, Part} -> Part end || Worker <- Workers],
    Restore(Blocks),
    atomics:put(Shared, 1, 0),
    Parts.

%% Operations and time of the warm-up don't count.
add(warm, {O, T, R, F}, {_, _, Reads, Found}) -> {O, T, R + Reads, F + Found};
add(timed, {O, T, R, F}, {Operations, Took, Reads, Found}) -> {O + Operations, T + Took, R + Reads, F + Found}.

%% Blocks are not copied by sending them, since they are part of a persistent term.
episode_worker(Parent, Threads, Shared, Block, Round) ->
    receive
        stop ->
            ok;
        {go, Blocks} ->
            atomics:add(Shared, 2, 1),
            wait_for_all(Shared, Threads * Round),
            Begin = now_nanoseconds(),
            {Operations, Reads, Found} = episode(Shared, Blocks, Block, 0, 0, 0),
            Parent ! {self(), {Operations, now_nanoseconds() - Begin, Reads, Found}},
            episode_worker(Parent, Threads, Shared, Block, Round + 1)
    end.

wait_for_all(Shared, All) ->
    case atomics:get(Shared, 2) of
        Arrivals when Arrivals < All -> wait_for_all(Shared, All);
        _ -> ok
    end.

episode(Shared, Blocks, Block, Operations, Reads, Found) ->
    case atomics:add_get(Shared, 1, 1) of
        At when At > tuple_size(Blocks) ->
            {Operations, Reads, Found};
        At ->
            {O, R, F} = Block(element(At, Blocks)),
            episode(Shared, Blocks, Block, Operations + O, Reads + R, Found + F)
    end.
