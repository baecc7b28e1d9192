/* gms2 in Promela (for SPIN): formed group of N processes, M multicasts, K crashes; no joins, no timers.
   One pass of the loop at the end = one action = one step: the sequence is atomic, and all scratch is zero again when it ends.
   An action is chosen, its handler PLANs a list of effects and a new local state, a cut is chosen, then it is carried out.
   A view has an id, the number that an outside observer gives it; every process knows the id of its current view.
   The search has one state more than the system: the one before FORM.

   -DN -DM -DK    processes (2..4), multicasts that applications may ask for (0..3), crashes
   -DHISTORY=1    the sequence of deliveries of every process is part of the state
   -DPREFIX=1     assert that deliveries of live processes are prefix-comparable (needs HISTORY) */

#if N < 2 || N > 4 || M < 0 || M > 3
#error "lists are packed for 2 to 4 processes, ANY looks at no more than 5 entries"
#endif

#define CAP (M + 2)   /* one channel: view, M messages, DOWN */
#define EFFECTS N

/* A list of processes is packed, three bits each, the head lowest. */
#define HEAD(list) ((list) & 7)
#define TAIL(list) ((list) >> 3)

/* A message is packed, too: kind (3 bits), id of a view (4), leader (3), slaves or origin (9), group or sequence number (12). */
#define MCAST 1
#define MSG 2
#define VIEW 3
#define DOWN 4
#define MESSAGE(kind, id, leader, slaves, group) \
  ((kind) | ((id) << 3) | ((leader) << 7) | ((slaves) << 10) | ((group) << 19))
#define KIND(m) ((m) & 7)
#define IDOF(m) (((m) >> 3) & 15)
#define LEADEROF(m) (((m) >> 7) & 7)
#define SLAVESOF(m) (((m) >> 10) & 511)
#define GROUPOF(m) ((m) >> 19)
#define PAYLOAD(m) ((m) >> 10)   /* origin and sequence number */
#define PACK(origin, seq) ((origin) | ((seq) << 9))

/* Roles, effects */
#define CRASHED 0
#define LEADER 1
#define SLAVE 2
#define SEND 1
#define DELIVER 2
#define INSTALL 3
#define MONITOR 4
#define UNCUT 255

typedef Local {
  byte role, id, leader, monitors, count;   /* monitors: bit p for process p */
  short slaves, group
}
typedef Channel { byte length; int entry[CAP] }
typedef History { byte length; int item[M + 1] }
typedef Effect { byte kind, to; int arg }

Local proc[N + 1];
Channel channel[(N + 1) * (N + 1)];   /* from * (N + 1) + to */
History history[N + 1];
byte messages = M, crashes = K;

/* Scratch */
byte from, me, op, count, cut, i, j;
int m, list;
Effect plan[EFFECTS];
Local next;

#define CH(s, d) channel[(s) * (N + 1) + (d)]

/* Selective receive: entry i is there and the receiver has a rule for it; one such entry exists */
#define MATCHES(e, s, d) \
  (KIND(e) == MCAST || (proc[d].role == SLAVE && \
    (KIND(e) == MSG || \
     (KIND(e) == VIEW && LEADEROF(e) == proc[d].leader) || \
     (KIND(e) == DOWN && proc[d].leader == s))))
#define AT(x, s, d) (CH(s, d).length > x && MATCHES(CH(s, d).entry[x], s, d))
#if M == 0
#define ANY(s, d) (AT(0, s, d) || AT(1, s, d))
#elif M == 1
#define ANY(s, d) (AT(0, s, d) || AT(1, s, d) || AT(2, s, d))
#elif M == 2
#define ANY(s, d) (AT(0, s, d) || AT(1, s, d) || AT(2, s, d) || AT(3, s, d))
#else
#define ANY(s, d) (AT(0, s, d) || AT(1, s, d) || AT(2, s, d) || AT(3, s, d) || AT(4, s, d))
#endif

inline copy(to_, from_) {
  to_.role = from_.role; to_.id = from_.id; to_.leader = from_.leader; to_.monitors = from_.monitors;
  to_.count = from_.count; to_.slaves = from_.slaves; to_.group = from_.group
}

inline erase(what) {
  what.role = 0; what.id = 0; what.leader = 0; what.monitors = 0;
  what.count = 0; what.slaves = 0; what.group = 0
}

inline append(s, d, e) {
  assert(s != d && CH(s, d).length < CAP);
  CH(s, d).entry[CH(s, d).length] = e;
  CH(s, d).length++
}

/* PLAN: fills plan[0..count-1] and next; changes nothing else but the channel or the budget that the event comes from. */

inline effect(new_kind, target, argument) {
  plan[count].kind = new_kind; plan[count].to = target; plan[count].arg = argument; count++
}

inline broadcast(e) {
  list = next.slaves;
  do
  :: list != 0 -> effect(SEND, HEAD(list), e); list = TAIL(list)
  :: else -> break
  od
}

inline multicast(x) {
  if
  :: next.role == LEADER ->
     broadcast(MESSAGE(MSG, 0, 0, x, 0));
     effect(DELIVER, 0, x)
  :: else ->
     effect(SEND, next.leader, MESSAGE(MCAST, 0, 0, x, 0))
  fi
}

inline take() {   /* m: the first entry that matches */
  i = 0;
  do
  :: !AT(i, from, me) -> i++
  :: else -> break
  od;
  m = CH(from, me).entry[i];
  CH(from, me).length--;
  do
  :: i < CH(from, me).length -> CH(from, me).entry[i] = CH(from, me).entry[i + 1]; i++
  :: else -> CH(from, me).entry[i] = 0; break
  od
}

inline elect() {
  i = HEAD(next.slaves);
  assert(i != 0);
  next.slaves = TAIL(next.slaves);
  next.group = TAIL(next.group);
  next.id++;
  if
  :: i == me ->
     broadcast(MESSAGE(VIEW, next.id, me, next.slaves, next.group));
     effect(INSTALL, 0, 0);
     next.role = LEADER; next.leader = 0
  :: else ->
     effect(MONITOR, i, 0);
     next.leader = i
  fi
}

inline receive() {
  take();
  if
  :: KIND(m) == MCAST -> multicast(PAYLOAD(m))
  :: KIND(m) == MSG -> effect(DELIVER, 0, PAYLOAD(m))
  :: KIND(m) == VIEW ->
     effect(INSTALL, 0, 0); next.id = IDOF(m); next.slaves = SLAVESOF(m); next.group = GROUPOF(m)
  :: KIND(m) == DOWN -> elect()
  fi
}

inline make_plan() {
  copy(next, proc[me]);
  if
  :: op == 1 -> messages--; next.count++; multicast(PACK(me, next.count))
  :: op == 2 -> receive()
  :: op == 3 -> cut = UNCUT
  fi
}

/* Carrying out */

inline carry_out(e) {
  if
  :: e.kind == SEND && proc[e.to].role != CRASHED -> append(me, e.to, e.arg)
  :: e.kind == SEND && proc[e.to].role == CRASHED -> skip
  :: e.kind == MONITOR && proc[e.to].role != CRASHED -> next.monitors = next.monitors | (1 << e.to)
  :: e.kind == MONITOR && proc[e.to].role == CRASHED -> append(e.to, me, DOWN)
  :: e.kind == INSTALL -> skip
  :: e.kind == DELIVER ->
#if HISTORY
     history[me].item[history[me].length] = e.arg; history[me].length++
#else
     skip
#endif
  fi
}

inline crash() {
  crashes--;
  erase(proc[me]);
  i = 1;
  do
  :: i <= N ->
     j = 0;
     do
     :: j < CAP -> CH(i, me).entry[j] = 0; j++
     :: else -> break
     od;
     CH(i, me).length = 0;
     if
     :: proc[i].monitors & (1 << me) ->
        proc[i].monitors = proc[i].monitors - (1 << me);
        append(me, i, DOWN)
     :: else -> skip
     fi;
     i++
  :: else -> break
  od
}

/* op 1, 2: all effects and the next state if cut is 0, else the first `cut` effects and a crash; op 3: a crash */
inline carry_out_plan() {
  i = 0;
  do
  :: i < count && (cut == 0 || i < cut) -> carry_out(plan[i]); i++
  :: else -> break
  od;
  if
  :: cut == 0 -> copy(proc[me], next)
  :: else -> crash()
  fi;
  assert(proc[me].id < 16)
}

inline wipe() {
  i = 0;
  do
  :: i < EFFECTS -> plan[i].kind = 0; plan[i].to = 0; plan[i].arg = 0; i++
  :: else -> break
  od;
  erase(next);
  from = 0; me = 0; op = 0; count = 0; cut = 0; i = 0; j = 0; m = 0; list = 0
}

inline check_prefix() {   /* pairs from < me, both live; position j of both */
  from = 1;
  do
  :: from <= N ->
     me = from + 1;
     do
     :: me <= N ->
        j = 0;
        do
        :: j < history[from].length && j < history[me].length ->
           assert(proc[from].role == CRASHED || proc[me].role == CRASHED || history[from].item[j] == history[me].item[j]);
           j++
        :: else -> break
        od;
        me++
     :: else -> break
     od;
     from++
  :: else -> break
  od;
  from = 0; me = 0; j = 0
}

/* FORM: 1 started with view 0 and took in 2..N one by one: the formed view has id N - 1 */
inline form() {
  i = N;
  do
  :: i > 0 -> m = (m << 3) | i; i--
  :: else -> break
  od;
  i = 1;
  do
  :: i <= N ->
     proc[i].id = N - 1;
     proc[i].slaves = TAIL(m);
     proc[i].group = m;
     if
     :: i == 1 -> proc[i].role = LEADER
     :: else ->
        proc[i].role = SLAVE; proc[i].leader = 1; proc[i].monitors = 1 << 1
     fi;
     i++
  :: else -> break
  od;
  i = 0; m = 0
}

#define OWN(p) \
  :: proc[p].role != CRASHED && messages > 0 -> me = p; op = 1 \
  :: proc[p].role != CRASHED && crashes > 0 -> me = p; op = 3
#define PAIR(s, d) \
  :: proc[d].role != CRASHED && ANY(s, d) -> from = s; me = d; op = 2
#define CUT(x) \
  :: op != 3 && crashes > 0 && x < count -> cut = x

active proctype system() {
  d_step { form() };
end:
  do
  :: atomic {
       if
       OWN(1) OWN(2) PAIR(1, 2) PAIR(2, 1)
#if N > 2
       OWN(3) PAIR(1, 3) PAIR(2, 3) PAIR(3, 1) PAIR(3, 2)
#endif
#if N > 3
       OWN(4) PAIR(1, 4) PAIR(2, 4) PAIR(3, 4) PAIR(4, 1) PAIR(4, 2) PAIR(4, 3)
#endif
       fi;
       d_step { make_plan() };
       if
       :: skip
       CUT(1) CUT(2) CUT(3)
       fi;
       d_step {
         carry_out_plan();
         wipe();
#if PREFIX
         check_prefix()
#endif
       }
     }
  od
}
