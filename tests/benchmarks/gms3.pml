/* gms3 for SPIN, as fast as we can make it: formed group of N processes, M multicasts, K crashes; no joins, no timers.
   The same states and transitions as ../referees/gms3.pml with HISTORY, which reads like the protocol; here everything is packed.
   One d_step in the loop at the end = one action = one transition; cut = j > 0 is the handler run that a crash cuts after its
   first j effects. Scratch is hidden, so no state holds it.

   Why so little suffices (a group that is formed loses its members from the head, and nobody joins):
   - a process whose leader is l has the slaves l+1..N and the group l..N, and so has every view of l;
   - a slave monitors its leader as long as that one is up, and nobody else;
   - a crashed process has the leader 0, a leader itself;
   - multicasts on their way to a leader go up to a lower number, everything else goes down to a higher one.

   -DN -DM -DK    processes (3..6), multicasts that applications may ask for (1..4), crashes */

#if N < 3 || N > 6 || M < 1 || M > 4 || M + K > 6
#error "the options are written out for 3 to 6 processes, the numbers of messages have 3 bits"
#endif

#define CAP (M + 3)   /* one channel: last message again, view, M messages, DOWN */
#define PAIRS (N * (N - 1) / 2)
#define PAIR(low, high) (((high) - 1) * ((high) - 2) / 2 + (low) - 1)
#define VIEW 24   /* a payload is (origin - 1) * M + sequence number, at most 24: 5 bits */
#define DOWN 31

/* A message: the number in the upper 3 bits; 1..VIEW: a payload, VIEW + l: the view of l, or DOWN; 0: nothing. */
#define NUMBER(m) ((m) >> 5)
#define BODY(m) ((m) & 31)
#define QUEUE(from, to) (CAP * PAIR(from, to))   /* where it begins in `down` */

#define FOUND 25   /* the view that formed the group: number 0, leader 1 */
#if N == 3
#define MEMBERS(first, other) { 0, first, other, other }
#elif N == 4
#define MEMBERS(first, other) { 0, first, other, other, other }
#elif N == 5
#define MEMBERS(first, other) { 0, first, other, other, other, other }
#else
#define MEMBERS(first, other) { 0, first, other, other, other, other, other }
#endif

byte leader[N + 1] = MEMBERS(1, 1);
byte n[N + 1] = MEMBERS(1, 1);
byte last[N + 1] = MEMBERS(0, FOUND);   /* slaves only */
byte count[N + 1];       /* multicasts its own application has asked for */
byte messages = M, crashes = K;
byte down[CAP * PAIRS];  /* to a higher process; 0 behind the last message */
int up[PAIRS];           /* to a lower process: multicasts for the leader, 5 bits a payload, the first lowest */
int history[N + 1];      /* 5 bits a payload, the first lowest */

hidden byte at, i, m;
hidden int theirs;

/* The slave d has a rule for the message e from s. */
#define FITS(e, s, d) \
  (BODY(e) <= VIEW -> NUMBER(e) <= n[d] : \
    (BODY(e) == DOWN -> leader[d] == s : NUMBER(e) == n[d] && BODY(e) == VIEW + leader[d]))
#define ENTRY(x, s, d) down[QUEUE(s, d) + x]

/* One of the messages from s fits: it is there and fits, or it is there and a later one fits. */
#define ANY(x, s, d, later) (ENTRY(x, s, d) != 0 && (FITS(ENTRY(x, s, d), s, d) || later))
/* The first message from s that fits is DOWN. */
#define FAILED(x, s, d, later) (ENTRY(x, s, d) != 0 && (ENTRY(x, s, d) == DOWN || (!FITS(ENTRY(x, s, d), s, d) && later)))
#if M == 1
#define OVER(what, s, d) what(0, s, d, what(1, s, d, what(2, s, d, what(3, s, d, false))))
#elif M == 2
#define OVER(what, s, d) what(0, s, d, what(1, s, d, what(2, s, d, what(3, s, d, what(4, s, d, false)))))
#elif M == 3
#define OVER(what, s, d) what(0, s, d, what(1, s, d, what(2, s, d, what(3, s, d, what(4, s, d, what(5, s, d, false))))))
#else
#define OVER(what, s, d) \
  what(0, s, d, what(1, s, d, what(2, s, d, what(3, s, d, what(4, s, d, what(5, s, d, what(6, s, d, false)))))))
#endif

/* Is payload x, at least 1, among the 4 times 5 bits? Without x that one is 0, and 1 less borrows from its highest bit. */
#define EACH(x) ((x) * (1 + (1 << 5) + (1 << 10) + (1 << 15)))
#define HOLDS(log, x) (((((log) ^ EACH(x)) - EACH(1)) & ~((log) ^ EACH(x)) & EACH(16)) != 0)

/* Effects */

inline append(s, d, e) {
  at = QUEUE(s, d);
  do
  :: down[at] != 0 -> at++
  :: else -> break
  od;
  assert(at < QUEUE(s, d) + CAP);
  down[at] = e
}

inline broadcast(p, e, left) {   /* to the first `left` slaves */
  i = p + 1;
  do
  :: i <= N && i <= p + left ->
     if
     :: leader[i] != 0 -> append(p, i, e)
     :: else
     fi;
     i++
  :: else -> break
  od
}

/* Total order: no other process that is up has delivered x before anything that p delivered before x. Elsewhere it cannot
   break. Nobody delivers a payload twice, as it has one number. The first delivery of p, or of the other, breaks nothing. */
inline deliver(p, x) {
  if
  :: history[p] == 0 -> history[p] = x
  :: else ->
     i = 1;
     do
     :: i <= N ->
        if
        :: history[i] > 31 && HOLDS(history[i], x) && leader[i] != 0 ->
           theirs = history[i];
           do
           :: (theirs & 31) != x -> theirs = theirs >> 5
           :: else -> break
           od;
           do
           :: theirs >> 5 ->
              theirs = theirs >> 5;
              assert(!HOLDS(history[p], theirs & 31))
           :: else -> break
           od
        :: else
        fi;
        i++
     :: else -> break
     od;
     at = 5;
     do
     :: history[p] >> at -> at = at + 5
     :: else -> break
     od;
     history[p] = history[p] | (x << at)
  fi
}

inline crash(p) {
  crashes--;
  leader[p] = 0; n[p] = 0; last[p] = 0; count[p] = 0;
  i = 1;
  do
  :: i < p ->
     at = QUEUE(i, p);
     do
     :: at < QUEUE(i, p) + CAP && down[at] != 0 -> down[at] = 0; at++
     :: else -> break
     od;
     i++
  :: else -> break
  od;
  i = p + 1;
  do
  :: i <= N ->
     up[PAIR(p, i)] = 0;
     if
     :: leader[i] == p -> append(p, i, DOWN)
     :: else
     fi;
     i++
  :: else -> break
  od
}

/* The protocol */

inline announce(p, x, left) { broadcast(p, x | (n[p] << 5), left) }

inline multicast(p, x) {
  if
  :: leader[p] == p -> announce(p, x, N); deliver(p, x); n[p]++
  :: leader[p] != p && leader[leader[p]] != 0 ->
     at = 0;
     do
     :: up[PAIR(leader[p], p)] >> at -> at = at + 5
     :: else -> break
     od;
     up[PAIR(leader[p], p)] = up[PAIR(leader[p], p)] | (x << at)
  :: else
  fi
}

/* The first `left` effects of a new leader: its last message again to all slaves, then the view. */
inline take_over(p, left) {
  broadcast(p, last[p], left);
  broadcast(p, (VIEW + p) | (n[p] << 5), left - (N - (p)))
}

inline elect(p) {
  leader[p]++;
  if
  :: leader[p] == p -> take_over(p, 2 * (N - (p))); n[p]++; last[p] = 0
  :: leader[p] != p && leader[leader[p]] == 0 -> append(leader[p], p, DOWN)
  :: else
  fi
}

inline receive(s, d) {
  at = QUEUE(s, d);
  do
  :: !FITS(down[at], s, d) -> at++
  :: else -> break
  od;
  m = down[at];
  do
  :: at < QUEUE(s, d) + CAP - 1 && down[at] != 0 -> down[at] = down[at + 1]; at++
  :: else -> down[at] = 0; break
  od;
  if
  :: m == DOWN -> elect(d)
  :: m != DOWN && NUMBER(m) == n[d] ->
     if
     :: BODY(m) <= VIEW -> deliver(d, BODY(m))
     :: else
     fi;
     last[d] = m; n[d]++
  :: else
  fi
}

/* Actions */

#define WHEN(guard, body) :: d_step { guard -> body; skip }   /* SPIN wants no loop at the end of a d_step */

#define OWN(p) \
  WHEN(messages > 0 && leader[p] != 0, messages--; count[p]++; multicast(p, (p - 1) * M + count[p])) \
  WHEN(crashes > 0 && leader[p] != 0, crash(p))
#define BETWEEN(low, high) \
  WHEN(up[PAIR(low, high)] != 0, \
    m = BODY(up[PAIR(low, high)]); up[PAIR(low, high)] = up[PAIR(low, high)] >> 5; multicast(low, m)) \
  WHEN(leader[high] != high && OVER(ANY, low, high), receive(low, high))
#define CUT_MULTICAST(p, cut) \
  WHEN(messages > 0, messages--; announce(p, (p - 1) * M + count[p] + 1, cut); crash(p))
#define CUT_RECEIVE(low, high, cut) \
  WHEN(ASKED(low, high), announce(low, BODY(up[PAIR(low, high)]), cut); crash(low))
#define CUT_TAKE_OVER(p, cut) \
  WHEN(true, take_over(p, cut); crash(p))
#define ASKED(low, high) (up[PAIR(low, high)] != 0)

/* Where a leader is cut, where a new one is: one of the options is possible if the guard holds, so it spares looking at all. */
#define LEADER_CUTS(p, asked, options) \
  :: atomic { crashes > 0 && leader[p] == p && (messages > 0 || asked) -> if options fi }
#define TAKE_OVER_CUTS(p, options) \
  :: atomic { crashes > 0 && leader[p] == p - 1 && leader[p - 1] == 0 && OVER(FAILED, p - 1, p) -> if options fi }

/* A leader with k slaves is N - k; it is cut after 1..k effects, when it takes over after 1..2k. */
#define CUT_1(cut) CUT_MULTICAST(N - 1, cut) CUT_RECEIVE(N - 1, N, cut)
#define CUT_2(cut) CUT_MULTICAST(N - 2, cut) CUT_RECEIVE(N - 2, N - 1, cut) CUT_RECEIVE(N - 2, N, cut)
#define CUT_3(cut) \
  CUT_MULTICAST(N - 3, cut) CUT_RECEIVE(N - 3, N - 2, cut) CUT_RECEIVE(N - 3, N - 1, cut) CUT_RECEIVE(N - 3, N, cut)
#define CUT_4(cut) \
  CUT_MULTICAST(N - 4, cut) CUT_RECEIVE(N - 4, N - 3, cut) CUT_RECEIVE(N - 4, N - 2, cut) CUT_RECEIVE(N - 4, N - 1, cut) \
  CUT_RECEIVE(N - 4, N, cut)
#define CUT_5(cut) \
  CUT_MULTICAST(1, cut) CUT_RECEIVE(1, 2, cut) CUT_RECEIVE(1, 3, cut) CUT_RECEIVE(1, 4, cut) CUT_RECEIVE(1, 5, cut) \
  CUT_RECEIVE(1, 6, cut)
#define OVER_2(p) CUT_TAKE_OVER(p, 1) CUT_TAKE_OVER(p, 2)
#define OVER_4(p) OVER_2(p) CUT_TAKE_OVER(p, 3) CUT_TAKE_OVER(p, 4)
#define OVER_6(p) OVER_4(p) CUT_TAKE_OVER(p, 5) CUT_TAKE_OVER(p, 6)
#define OVER_8(p) OVER_6(p) CUT_TAKE_OVER(p, 7) CUT_TAKE_OVER(p, 8)

active proctype system() {
end:
  do
  OWN(1) OWN(2) OWN(3) BETWEEN(1, 2) BETWEEN(1, 3) BETWEEN(2, 3)
  LEADER_CUTS(N - 1, ASKED(N - 1, N), CUT_1(1))
  LEADER_CUTS(N - 2, ASKED(N - 2, N - 1) || ASKED(N - 2, N), CUT_2(1) CUT_2(2))
  TAKE_OVER_CUTS(N - 1, OVER_2(N - 1))
#if N > 3
  OWN(4) BETWEEN(1, 4) BETWEEN(2, 4) BETWEEN(3, 4)
  LEADER_CUTS(N - 3, ASKED(N - 3, N - 2) || ASKED(N - 3, N - 1) || ASKED(N - 3, N), CUT_3(1) CUT_3(2) CUT_3(3))
  TAKE_OVER_CUTS(N - 2, OVER_4(N - 2))
#endif
#if N > 4
  OWN(5) BETWEEN(1, 5) BETWEEN(2, 5) BETWEEN(3, 5) BETWEEN(4, 5)
  LEADER_CUTS(N - 4, ASKED(N - 4, N - 3) || ASKED(N - 4, N - 2) || ASKED(N - 4, N - 1) || ASKED(N - 4, N), \
    CUT_4(1) CUT_4(2) CUT_4(3) CUT_4(4))
  TAKE_OVER_CUTS(N - 3, OVER_6(N - 3))
#endif
#if N > 5
  OWN(6) BETWEEN(1, 6) BETWEEN(2, 6) BETWEEN(3, 6) BETWEEN(4, 6) BETWEEN(5, 6)
  LEADER_CUTS(1, ASKED(1, 2) || ASKED(1, 3) || ASKED(1, 4) || ASKED(1, 5) || ASKED(1, 6), \
    CUT_5(1) CUT_5(2) CUT_5(3) CUT_5(4) CUT_5(5))
  TAKE_OVER_CUTS(2, OVER_8(2))
#endif
  od
}
