-- gms2 in Murphi (for Rumur): formed group of N processes, M multicasts, K crashes; no joins, no timers.
-- One rule instance = one action. A rule with cut = j > 0 is the handler run that a crash cuts after its first j effects.
-- A view has an id, the number that an outside observer gives it; every process knows the id of its current view.
-- `clear` gives every variable its one fixed value (0, false, NONE, CRASHED), so that equal states are equal bit for bit.

const
  N: 3;        -- processes                             (these five lines are rewritten by run.py)
  M: 1;        -- multicasts that applications may ask for
  K: 1;        -- crashes
  HISTORY: 0;  -- 1: the sequence of deliveries of every process is part of the state
  PREFIX: 0;   -- 1: check that deliveries of live processes are prefix-comparable (needs HISTORY)

  CAP: M + 2;  -- one channel: view, M messages, DOWN; more is an error
  TOP: 2 * N;  -- no id reaches this; more is an error
  MAX: N;      -- no handler has more effects than this
  UNCUT: MAX + 1;

type
  Proc: 1..N;
  Name: 0..N;                        -- 0: nobody
  List: array [1..N] of Name;        -- 0 behind the last element
  Id: 0..TOP;
  Cut: 0..MAX;
  Left: 0..UNCUT;
  Payload: record origin: Name; seq: 0..M; end;
  Kind: enum {NONE, MCAST, MSG, VIEW, DOWN};
  Message: record
    kind: Kind;
    payload: Payload;                -- MCAST, MSG
    id: Id;                          -- VIEW
    leader: Name;                    -- VIEW
    slaves: List;                    -- VIEW
    group: List;                     -- VIEW
  end;
  Channel: record length: 0..CAP; entry: array [1..CAP] of Message; end;
  Role: enum {CRASHED, LEADER, SLAVE};
  Process: record
    role: Role;
    id: Id;                          -- of its current view
    leader: Name;                    -- slaves only
    slaves: List;
    group: List;
    monitors: array [Proc] of boolean;
    count: 0..M;                     -- multicasts its own application has asked for
  end;
  History: record length: 0..M; item: array [0..M] of Payload; end;

var
  proc: array [Proc] of Process;
  channel: array [Proc] of array [Proc] of Channel;
  messages: 0..M;
  crashes: 0..K;
  history: array [Proc] of History;

-- Lists

function Length(l: List): 0..N;
begin
  for i: 1..N do
    if l[i] = 0 then return i - 1; end;
  end;
  return N;
end;

procedure DropHead(var l: List);
begin
  assert "a list is never empty when its head is taken" l[1] != 0;
  for i: 1..N - 1 do l[i] := l[i + 1]; end;
  l[N] := 0;
end;

-- Channels

procedure Append(from: Proc; to_: Proc; m: Message);
begin
  assert "nobody sends to itself" from != to_;
  assert "capacity is enough" channel[from][to_].length < CAP;
  channel[from][to_].length := channel[from][to_].length + 1;
  channel[from][to_].entry[channel[from][to_].length] := m;
end;

procedure Remove(from: Proc; to_: Proc; at: 1..CAP);
begin
  for i: 1..CAP - 1 do
    if i >= at then channel[from][to_].entry[i] := channel[from][to_].entry[i + 1]; end;
  end;
  clear channel[from][to_].entry[CAP];
  channel[from][to_].length := channel[from][to_].length - 1;
end;

procedure AppendDown(from: Proc; to_: Proc);
var m: Message;
begin
  clear m;
  m.kind := DOWN;
  Append(from, to_, m);
end;

-- Effects. `left` is how many may still happen before the cut.

procedure Send(from: Proc; to_: Proc; m: Message; var left: Left);
begin
  if left > 0 then
    left := left - 1;
    if proc[to_].role != CRASHED then Append(from, to_, m); end;
  end;
end;

procedure Broadcast(from: Proc; m: Message; to_: List; var left: Left);
begin
  for i: 1..N do
    if to_[i] != 0 then Send(from, to_[i], m, left); end;
  end;
end;

procedure Deliver(p: Proc; x: Payload; var left: Left);
begin
  if left > 0 then
    left := left - 1;
    if HISTORY = 1 then
      history[p].item[history[p].length] := x;
      history[p].length := history[p].length + 1;
    end;
  end;
end;

procedure Install(var left: Left);
begin
  if left > 0 then left := left - 1; end;
end;

procedure Monitor(p: Proc; q: Proc; var left: Left);
begin
  if left > 0 then
    left := left - 1;
    if proc[q].role = CRASHED then AppendDown(q, p); else proc[p].monitors[q] := true; end;
  end;
end;

procedure Crash(p: Proc);
begin
  crashes := crashes - 1;
  clear proc[p];
  for q: Proc do
    clear channel[q][p];
    if proc[q].role != CRASHED & proc[q].monitors[p] then
      proc[q].monitors[p] := false;
      AppendDown(p, q);
    end;
  end;
end;

-- The protocol: what is received, how many effects it has, what it does

function Receivable(from: Proc; p: Proc; m: Message): boolean;
begin
  switch m.kind
    case MCAST: return true;
    case MSG:   return proc[p].role = SLAVE;
    case VIEW:  return proc[p].role = SLAVE & m.leader = proc[p].leader;
    case DOWN:  return proc[p].role = SLAVE & proc[p].leader = from;
  end;
  return false;
end;

function First(from: Proc; p: Proc): 0..CAP;
begin
  for i: 1..CAP do
    if i <= channel[from][p].length then
      if Receivable(from, p, channel[from][p].entry[i]) then return i; end;
    end;
  end;
  return 0;
end;

function MulticastEffects(p: Proc): Cut;
begin
  if proc[p].role = LEADER then return Length(proc[p].slaves) + 1; end;
  return 1;
end;

function ReceiveEffects(from: Proc; p: Proc): Cut;
var m: Message;
begin
  m := channel[from][p].entry[First(from, p)];
  switch m.kind
    case MCAST: return MulticastEffects(p);
    case MSG:   return 1;
    case VIEW:  return 1;
    case DOWN:  if proc[p].slaves[1] = p then return Length(proc[p].slaves); else return 1; end;  -- slaves but me, Install
  end;
  error "unreachable";
end;

procedure DoMulticast(p: Proc; x: Payload; var left: Left);
var m: Message;
begin
  clear m;
  m.payload := x;
  if proc[p].role = LEADER then
    m.kind := MSG;
    Broadcast(p, m, proc[p].slaves, left);
    Deliver(p, x, left);
  else
    m.kind := MCAST;
    Send(p, proc[p].leader, m, left);
  end;
end;

procedure DoView(p: Proc; m: Message; var left: Left);
begin
  Install(left);
  proc[p].id := m.id;
  proc[p].slaves := m.slaves;
  proc[p].group := m.group;
end;

procedure DoElection(p: Proc; var left: Left);
var head: Proc; m: Message;
begin
  head := proc[p].slaves[1];
  DropHead(proc[p].slaves);
  DropHead(proc[p].group);
  proc[p].id := proc[p].id + 1;
  if head = p then
    clear m;
    m.kind := VIEW;
    m.id := proc[p].id;
    m.leader := p;
    m.slaves := proc[p].slaves;
    m.group := proc[p].group;
    Broadcast(p, m, proc[p].slaves, left);
    Install(left);
    proc[p].role := LEADER;
    proc[p].leader := 0;
  else
    Monitor(p, head, left);
    proc[p].leader := head;
  end;
end;

procedure DoReceive(from: Proc; p: Proc; var left: Left);
var m: Message; at: 1..CAP;
begin
  at := First(from, p);
  m := channel[from][p].entry[at];
  Remove(from, p, at);
  switch m.kind
    case MCAST: DoMulticast(p, m.payload, left);
    case MSG:   Deliver(p, m.payload, left);
    case VIEW:  DoView(p, m, left);
    case DOWN:  DoElection(p, left);
  end;
end;

function Limit(cut: Cut): Left;
begin
  if cut = 0 then return UNCUT; else return cut; end;
end;

-- Actions

ruleset p: Proc; cut: Cut do
  rule "multicast"
    proc[p].role != CRASHED & messages > 0 & (cut = 0 | (crashes > 0 & cut < MulticastEffects(p)))
  ==>
  var left: Left; x: Payload;
  begin
    left := Limit(cut);
    messages := messages - 1;
    proc[p].count := proc[p].count + 1;
    x.origin := p;
    x.seq := proc[p].count;
    DoMulticast(p, x, left);
    if cut > 0 then Crash(p); end;
  end;
end;

ruleset from: Proc; p: Proc; cut: Cut do
  rule "receive"
    proc[p].role != CRASHED & First(from, p) != 0 & (cut = 0 | (crashes > 0 & cut < ReceiveEffects(from, p)))
  ==>
  var left: Left;
  begin
    left := Limit(cut);
    DoReceive(from, p, left);
    if cut > 0 then Crash(p); end;
  end;
end;

ruleset p: Proc do
  rule "crash"
    proc[p].role != CRASHED & crashes > 0
  ==>
  begin
    Crash(p);
  end;
end;

-- Process 1 started with view 0 and took in 2..N one by one: the formed view has id N - 1
startstate "formed"
begin
  clear proc;
  clear channel;
  clear history;
  messages := M;
  crashes := K;
  for p: Proc do
    proc[p].id := N - 1;
    for i: 1..N - 1 do proc[p].slaves[i] := i + 1; end;
    for i: 1..N do proc[p].group[i] := i; end;
    if p = 1 then
      proc[p].role := LEADER;
    else
      proc[p].role := SLAVE;
      proc[p].leader := 1;
      proc[p].monitors[1] := true;
    end;
  end;
end;

invariant "prefix order"
  PREFIX = 0 |
  forall p: Proc do forall q: Proc do
    proc[p].role = CRASHED | proc[q].role = CRASHED |
    forall i: 0..M do
      i < history[p].length & i < history[q].length ->
        history[p].item[i].origin = history[q].item[i].origin & history[p].item[i].seq = history[q].item[i].seq
    end
  end end;
