%% What a worker does between two looks at the clock.
%%
%% block(Work, Argument, Table) gives a function that takes operations from a list and answers
%% {Rest, Reads, Found, Done}: how many objects it should have found, how many it has, and how much counts as done.
-module(ets_works).
-export([block/3, answers/4, insert/2, pop/2]).

-define(BLOCK, 256).
%% About so many objects are read between two looks at the clock.
-define(BLOCK_OBJECTS, 4096).
%% Questions in one block, if they look at a few objects only.
-define(BLOCK_QUESTIONS, 32).
%% Objects that a scan asks for at once.
-define(CHUNK, 1000).

block(reads, _, Table) -> fun(Rest) -> reads(?BLOCK, Table, Rest, 0) end;
block(mixed, _, Table) -> fun(Rest) -> mixed(?BLOCK, Table, Rest, 0, 0) end;
block(churn, _, Table) -> fun(Rest) -> churn(?BLOCK, Table, Rest) end;
block(range, Objects, Table) ->
    Starts = max(1, min(?BLOCK, ?BLOCK_OBJECTS div Objects)),
    fun(Rest) -> ranges(Starts, Table, Objects, Rest, 0) end;
block(scan, _, Table) ->
    fun(Rest) -> scan(Rest, Table, ets:select(Table, everything(), ?CHUNK), fun ets:select/1) end;
block(scan_reversed, _, Table) ->
    fun(Rest) -> scan(Rest, Table, ets:select_reverse(Table, everything(), ?CHUNK), fun ets:select_reverse/1) end;
block(select_amount, From, Table) ->
    Size = ets:info(Table, size),
    fun([_ | Rest]) ->
        Found = length(ets:select(Table, question(select_amount, From, none))),
        {Rest, Found, Found, Size}
    end;
%% This looks at every object, for Erlang draws no conclusion from guards.
block(select_range, Customers, Table) ->
    fun([Key | Rest]) ->
        Found = length(ets:select(Table, question(select_range, Customers, Key))),
        {Rest, Found, Found, 1}
    end;
block(Question, Argument, Table) ->
    fun(Rest) -> questions(?BLOCK_QUESTIONS, Question, Argument, Table, Rest, 0) end.

reads(0, _Table, Rest, Found) ->
    {Rest, ?BLOCK, Found, ?BLOCK};
reads(N, Table, [Key | Rest], Found) ->
    case ets:lookup(Table, Key) of
        [{_, _}] -> reads(N - 1, Table, Rest, Found + 1);
        [] -> reads(N - 1, Table, Rest, Found)
    end.

mixed(0, _Table, Rest, Reads, Found) ->
    {Rest, Reads, Found, ?BLOCK};
mixed(N, Table, [{insert, Object} | Rest], Reads, Found) ->
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
churn(N, Table, [{insert, Object} | Rest]) ->
    ets:insert(Table, Object),
    churn(N - 1, Table, Rest);
churn(N, Table, [Key | Rest]) ->
    ets:delete(Table, Key),
    churn(N - 1, Table, Rest).

%% Ranges: object by object, since a match specification can't begin at a key.

ranges(N, _Table, _Objects, Rest, Done) when N =:= 0; Rest =:= [] ->
    {Rest, Done, Done, Done};
ranges(N, Table, Objects, [Key | Rest], Done) ->
    [Object] = ets:lookup(Table, Key),
    {Read, _} = range(Table, Object, Objects, 0, 0),
    ranges(N - 1, Table, Objects, Rest, Done + Read).

range(_Table, none, _Objects, Read, Sum) ->
    {Read, Sum};
range(_Table, Object, 1, Read, Sum) ->
    {Read + 1, add(Object, Sum)};
range(Table, Object = {Key, _}, Objects, Read, Sum) ->
    range(Table, next(Table, Key), Objects - 1, Read + 1, add(Object, Sum)).

-if(?OTP_RELEASE >= 27).
next(Table, Key) ->
    case ets:next_lookup(Table, Key) of
        {_, [Object]} -> Object;
        '$end_of_table' -> none
    end.
-else.
next(Table, Key) ->
    case ets:next(Table, Key) of
        '$end_of_table' -> none;
        Next -> [Object] = ets:lookup(Table, Next), Object
    end.
-endif.

%% Reads key and value of an object, and makes no large integer of them.
add({{<<Name:56, _/binary>>, Number}, Value}, Sum) -> Sum bxor Name bxor Number bxor Value;
add({Key, Value}, Sum) -> Sum bxor Key bxor Value.

%% Scans: in chunks, which is faster than a fold.

everything() ->
    [{'_', [], ['$_']}].

scan(Rest, Table, Chunk, More) ->
    {Done, _} = chunks(Chunk, More, 0, 0),
    {Rest, ets:info(Table, size), Done, Done}.

chunks('$end_of_table', _More, Done, Sum) ->
    {Done, Sum};
chunks({Objects, Continuation}, More, Done, Sum) ->
    {Read, Next} = chunk(Objects, 0, Sum),
    chunks(More(Continuation), More, Done + Read, Next).

chunk([], Read, Sum) -> {Read, Sum};
chunk([Object | Rest], Read, Sum) -> chunk(Rest, Read + 1, add(Object, Sum)).

%% Questions.

questions(0, _Question, _Argument, _Table, Rest, Found) ->
    {Rest, Found, Found, ?BLOCK_QUESTIONS};
questions(N, Question, Argument, Table, [Key | Rest], Found) ->
    Answers = ets:select(Table, question(Question, Argument, Key)),
    questions(N - 1, Question, Argument, Table, Rest, Found + length(Answers)).

%% How many answers there are for a key.
answers(Question, Argument, Table, Key) ->
    length(ets:select(Table, question(Question, Argument, Key))).

question(select_key, _, Key) ->
    [{{Key, '$1', '_'}, [], [{{{{element(1, Key), element(2, Key)}}, '$1'}}]}];
question(select_prefix, _, {Customer, _}) ->
    [{{{Customer, '$1'}, '$2', '_'}, [], [{{{{Customer, '$1'}}, '$2'}}]}];
question(select_range, Customers, {From, _}) ->
    Bounds = [{'>=', '$1', {{From, 0}}}, {'<', '$1', {{From + Customers, 0}}}],
    [{{'$1', '$2', '_'}, Bounds, [{{'$1', '$2'}}]}];
question(select_amount, From, _) ->
    [{{'$1', '$2', '_'}, [{'>=', '$2', From}], [{{'$1', '$2'}}]}].

%% Blocks of episodes.

insert(Table, Objects) ->
    {insert(Table, Objects, 0), 0, 0}.

insert(_Table, [], Done) -> Done;
insert(Table, [Object | Rest], Done) ->
    ets:insert(Table, Object),
    insert(Table, Rest, Done + 1).

%% The least object, unless somebody else was faster.
pop(Table, Count) ->
    {Count, Count, pop(Table, Count, 0)}.

pop(_Table, 0, Found) -> Found;
pop(Table, Count, Found) -> pop(Table, Count - 1, Found + pop_first(Table)).

pop_first(Table) ->
    case ets:first(Table) of
        '$end_of_table' ->
            0;
        Key ->
            case ets:take(Table, Key) of
                [{_, _}] -> 1;
                [] -> pop_first(Table)
            end
    end.
