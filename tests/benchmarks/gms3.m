-- gms3 for Rumur, as fast as we can make it: formed group of N processes, M multicasts, K crashes; no joins, no timers.
-- The same states and transitions as ../referees/gms3.m with HISTORY, which reads like the protocol; here everything is packed.
-- One rule instance = one action; cut = j > 0 is the handler run that a crash cuts after its first j effects.
--
-- Why so little suffices (a group that is formed loses its members from the head, and nobody joins):
-- * a process whose leader is l has the slaves l+1..N and the group l..N, and so has every view of l;
-- * a slave monitors its leader as long as that one is up, and nobody else;
-- * a crashed process has the leader 0, a leader itself;
-- * multicasts on their way to a leader go up to a lower number, everything else goes down to a higher one.

const
  N: 5;  -- processes                             (these three lines are rewritten by peers.py)
  M: 4;  -- multicasts that applications may ask for
  K: 2;  -- crashes

  VIEW: 24;                        -- a payload is (origin - 1) * M + sequence number, at most 24: 5 bits
  DOWN: 31;
  QUEUE: (1 << (8 * (M + 3))) - 1;  -- last message again, view, M messages, DOWN
  LOG: (1 << (5 * M)) - 1;

type
  Proc: 1..N;
  Name: 0..N;
  Number: 0..7;      -- of a message; 0 is the view that formed the group
  Payload: 0..VIEW;
  Message: 0..255;   -- number in the upper 3 bits; 1..VIEW: a payload, VIEW + l: the view of l, or DOWN; 0: nothing
  Queue: 0..QUEUE;   -- 8 bits a message, the head lowest
  Log: 0..LOG;       -- 5 bits a payload, the first lowest

var
  leader: array [Proc] of Name;
  n: array [Proc] of Number;
  last: array [Proc] of Message;              -- slaves only
  count: array [Proc] of 0..M;                -- multicasts its own application has asked for
  history: array [Proc] of Log;
  down: array [1..N * (N - 1) / 2] of Queue;  -- to a higher process
  up: array [1..N * (N - 1) / 2] of Log;      -- to a lower process: multicasts for the leader
  messages: 0..M;
  crashes: 0..K;

function Pair(low: Proc; high: Proc): 1..N * (N - 1) / 2;
begin
  return ((high - 1) * (high - 2)) / 2 + low;
end;

function Holds(log: Log; x: Payload): boolean;
var rest: Log;
begin
  rest := log;
  while rest != 0 do
    if rest % 32 = x then return true; end;
    rest := rest >> 5;
  end;
  return false;
end;

-- Effects

procedure Append(from: Proc; to_: Proc; m: Message);
var q: Queue; at: 0..64;
begin
  q := down[Pair(from, to_)];
  at := 0;
  while (q >> at) != 0 do at := at + 8; end;
  assert "capacity is enough" at < 8 * (M + 3);
  down[Pair(from, to_)] := q + (m << at);
end;

procedure Broadcast(from: Proc; m: Message; left: 0..N);
begin
  for to_: 2..N do
    if to_ > from & to_ <= from + left & leader[to_] != 0 then Append(from, to_, m); end;
  end;
end;

-- Total order: no other process that is up has delivered x before anything that p delivered before x. Elsewhere it cannot
-- break. Nobody delivers a payload twice, as it has one number. A log with one payload only, or equal to p's, breaks nothing.
procedure Deliver(p: Proc; x: Payload);
var before: Log; after: Log; theirs: Log; at: 0..64;
begin
  before := history[p];
  at := 0;
  while (before >> at) != 0 do at := at + 5; end;
  after := before + (x << at);
  history[p] := after;
  if before != 0 then
    for q: Proc do
      theirs := history[q];
      if theirs > 31 & theirs != before & theirs != after & leader[q] != 0 then
        while theirs != 0 & theirs % 32 != x do theirs := theirs >> 5; end;
        while (theirs >> 5) != 0 do
          theirs := theirs >> 5;
          assert "total order" !Holds(before, theirs % 32);
        end;
      end;
    end;
  end;
end;

procedure Crash(p: Proc);
begin
  crashes := crashes - 1;
  leader[p] := 0;
  n[p] := 0;
  last[p] := 0;
  count[p] := 0;
  for q: Proc do
    if q < p then
      down[Pair(q, p)] := 0;
    elsif q > p then
      up[Pair(p, q)] := 0;
      if leader[q] = p then Append(p, q, DOWN); end;
    end;
  end;
end;

-- The protocol

-- The place of the first message that slave p has a rule for, as a shift to the right, plus 1; 0 if there is none.
function First(from: Proc; p: Proc): 0..64;
var q: Queue; at: 0..64; body: 0..31; number: Number;
begin
  q := down[Pair(from, p)];
  at := 1;
  while q != 0 do
    body := q % 32;
    number := (q >> 5) % 8;
    if body <= VIEW then
      if number <= n[p] then return at; end;
    elsif body = DOWN then
      if leader[p] = from then return at; end;
    elsif number = n[p] & body - VIEW = leader[p] then
      return at;
    end;
    q := q >> 8;
    at := at + 8;
  end;
  return 0;
end;

-- A leader sends payload x to the first `left` of its slaves.
procedure Announce(p: Proc; x: Payload; left: 0..N);
begin
  Broadcast(p, x + (n[p] << 5), left);
end;

procedure Multicast(p: Proc; x: Payload);
var q: Log; at: 0..64;
begin
  if leader[p] = p then
    Announce(p, x, N);
    Deliver(p, x);
    n[p] := n[p] + 1;
  elsif leader[leader[p]] != 0 then
    q := up[Pair(leader[p], p)];
    at := 0;
    while (q >> at) != 0 do at := at + 5; end;
    up[Pair(leader[p], p)] := q + (x << at);
  end;
end;

-- The first `left` effects of a new leader p: its last message again to all slaves, then the view.
procedure TakeOver(p: Proc; left: 0..2 * N);
begin
  if left <= N - p then
    Broadcast(p, last[p], left);
  else
    Broadcast(p, last[p], N);
    Broadcast(p, VIEW + p + (n[p] << 5), left - (N - p));
  end;
end;

procedure Elect(p: Proc);
begin
  leader[p] := leader[p] + 1;
  if leader[p] = p then
    TakeOver(p, 2 * (N - p));
    n[p] := n[p] + 1;
    last[p] := 0;
  elsif leader[leader[p]] = 0 then
    Append(leader[p], p, DOWN);
  end;
end;

procedure Receive(from: Proc; p: Proc);
var q: Queue; m: Message; at: 0..64;
begin
  at := First(from, p) - 1;
  q := down[Pair(from, p)];
  m := (q >> at) % 256;
  down[Pair(from, p)] := q - ((q >> at) << at) + ((q >> (at + 8)) << at);
  if m = DOWN then
    Elect(p);
  elsif (m >> 5) = n[p] then
    if m % 32 <= VIEW then Deliver(p, m % 32); end;
    last[p] := m;
    n[p] := n[p] + 1;
  end;
end;

-- Actions

ruleset p: Proc do
  rule "multicast" messages > 0 & leader[p] != 0 ==>
  begin
    messages := messages - 1;
    count[p] := count[p] + 1;
    Multicast(p, (p - 1) * M + count[p]);
  end;

  rule "crash" crashes > 0 & leader[p] != 0 ==>
  begin
    Crash(p);
  end;
end;

ruleset p: 1..N - 1; cut: 1..N - 1 do
  rule "multicast, cut" crashes > 0 & messages > 0 & leader[p] = p & cut <= N - p ==>
  begin
    messages := messages - 1;
    Announce(p, (p - 1) * M + count[p] + 1, cut);
    Crash(p);
  end;
end;

ruleset p: 1..N - 1; from: 2..N do
  rule "receive a multicast" from > p & up[Pair(p, from)] != 0 ==>
  var x: Payload;
  begin
    x := up[Pair(p, from)] % 32;
    up[Pair(p, from)] := up[Pair(p, from)] >> 5;
    Multicast(p, x);
  end;
end;

ruleset p: 1..N - 1; from: 2..N; cut: 1..N - 1 do
  rule "receive a multicast, cut" crashes > 0 & leader[p] = p & from > p & cut <= N - p & up[Pair(p, from)] != 0 ==>
  begin
    Announce(p, up[Pair(p, from)] % 32, cut);
    Crash(p);
  end;
end;

ruleset p: 2..N; from: 1..N - 1 do
  rule "receive" from < p & down[Pair(from, p)] != 0 & leader[p] != p & First(from, p) != 0 ==>
  begin
    Receive(from, p);
  end;
end;

ruleset p: 2..N - 1; cut: 1..2 * (N - 2) do
  rule "take over, cut"
    crashes > 0 & leader[p] = p - 1 & cut <= 2 * (N - p) & First(p - 1, p) != 0 &
    ((down[Pair(p - 1, p)] >> (First(p - 1, p) - 1)) % 256) = DOWN
  ==>
  begin
    TakeOver(p, cut);
    Crash(p);
  end;
end;

startstate "formed"
begin
  messages := M;
  crashes := K;
  for p: Proc do
    leader[p] := 1;
    n[p] := 1;
    last[p] := VIEW + 1;
    count[p] := 0;
    history[p] := 0;
  end;
  last[1] := 0;
  for x: 1..N * (N - 1) / 2 do
    down[x] := 0;
    up[x] := 0;
  end;
end;
