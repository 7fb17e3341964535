/* Two devices, one person, one registry, and a line that loses, delays, repeats and reorders.
   What stands for what, what is left out, and the state counts: README.md beside this file. */
#include "mutants.h"
#ifndef FAULTS
#define FAULTS 2 /* messages lost, late or repeated, and programs that die, together in one run */
#endif
#ifndef PARKS
#define PARKS 1 /* rows set aside in one run, hence also sent again; at most 2 */
#endif
mtype = { WAITING, CLAIMED, PARKED, GONE }; /* what a row is */
mtype = { ACCEPTED, REFUSED, WITHDRAWN, AGAIN, TAKEN_BACK }; /* what a receipt says */
#define A 0 /* The wishes: A, then B, on device 0; C on device 1. Each sets the credential. */
#define B 1
#define C 2
#define NONE 9
#define ROWS 5 /* Rows 0 to 3 are recorded on device 0, in this order; row 4 on device 1. */
#define LO(d) ((d) * 4)
#define HI(d) (3 + (d))
#define IN(set, n) (((set) >> (n)) & 1)
#define EACH(n, lo, hi, condition, act) for (n : lo .. hi) { if :: condition -> act :: else fi }
#define HERE(p) (p(0) || p(1) || p(2) || p(3)) /* some row of device 0 */
#define SOME(d, p) ((d == 0 && HERE(p)) || (d == 1 && p(4)))
#define ANY(p) if :: p(0) -> one = 0 :: p(1) -> one = 1 :: p(2) -> one = 2 :: p(3) -> one = 3 fi
#define waiting(n) (row[n] == WAITING)
#define parked(n) (row[n] == PARKED)
#define unmoved(n) (row[n] == WAITING || row[n] == CLAIMED)
#define unanswered(n) (row[n] && (row[n] != GONE || !told[n]))
#define untold(n) (word[n] && told[n] != word[n])
#define under_way(n) IN(out[0], n)

/* On the devices' disks. wish, seen and first are what an operation says in every delivery. */
mtype row[ROWS], told[ROWS];
byte wish[ROWS], seen[ROWS], first[ROWS] = NONE, cursor[2], recorded, tried;
/* In the devices' memory: the batch under way, a set of rows, and whether its answer is there. */
byte out[2];
bool back[2];
/* In the registry's database: its words, how often the credential was set, by which row last. */
mtype word[ROWS];
byte position, by = NONE;
/* On the line: a set of batches. Budgets. Ghosts: effects of each wish, what was known at first. */
int net;
byte faults = FAULTS, parks = PARKS, effects[3], knew[3];
byte one, batch;     /* nothing between steps */
hidden byte k, m, w; /* nothing outside a d_step */

inline release(d) {
    EACH(k, LO(d), HI(d), row[k] == CLAIMED, row[k] = WAITING);
    out[d] = 0; back[d] = 0
}

proctype Device(byte d) {
    byte made;
end:
    do /* A person acts, */
    :: d_step { made < 2 - d -> k = (d -> 4 : recorded); w = d * C + made;
           row[k] = WAITING; wish[k] = w; seen[k] = cursor[d]; knew[w] = cursor[d];
           made++; recorded = recorded + 1 - d }
    :: d_step { d == 0 && recorded && waiting(recorded - 1) && /* and takes it back. */
           (!IN(tried, recorded - 1) || !MUST(UNSENT_ONLY)) ->
           row[recorded - 1] = GONE; told[recorded - 1] = TAKEN_BACK }
    /* Pull. */
    :: d_step { !out[d] && (cursor[d] != position || (SOME(d, untold) && MUST(FEED))) ->
           EACH(k, LO(d), HI(d), word[k] && MUST(FEED), told[k] = word[k]; row[k] = GONE);
           cursor[d] = position }
    /* A row is damaged, or cannot be read by the registry. */
    :: atomic { !out[d] && d == 0 && parks && HERE(waiting) ->
           ANY(waiting); parks--; row[one] = PARKED; one = 0 }
    /* Push: claim the oldest, one or a batch, and send. */
    :: atomic { !out[d] && SOME(d, waiting) ->
           if :: one = 1 :: one = ROWS fi;
           d_step { k = (!MUST(OLDEST_FIRST) && waiting(1) -> 1 : LO(d));
               do
               :: k <= HI(d) && one && row[k] != CLAIMED && (!parked(k) || MUST(PASS_PARKED)) ->
                   if
                   :: waiting(k) -> row[k] = CLAIMED; out[d] = out[d] | 1 << k; one--
                   :: else
                   fi;
                   k++
               :: else -> break
               od;
               EACH(k, LO(d), HI(d), IN(out[d], k) && !MUST(KEEP), row[k] = GONE);
               tried = tried | out[d]; net = net | (out[d] -> 1 << out[d] : 0); one = 0 } }
    /* The push ends: with an answer (what is not understood of it parks its row), */
    :: atomic { back[d] ->
           if :: one = NONE :: d == 0 && parks -> ANY(under_way); parks--; row[one] = PARKED fi;
           d_step { EACH(k, LO(d), HI(d), IN(out[d], k) && k != one,
                   told[k] = word[k]; row[k] = GONE);
               release(d); one = 0 } }
    /* in silence, too early, or with the program, which starts again. */
    :: d_step { out[d] && !back[d] && !IN(net, out[d]) && MUST(TIME_OUT) -> release(d) }
    :: d_step { out[d] && faults && IN(net, out[d]) -> faults--; release(d) }
    :: d_step { out[d] && faults -> faults--;
           if :: MUST(HEAL) -> release(d) :: else -> out[d] = 0; back[d] = 0 fi }
    od
}

proctype Staff() {
end:
    do
    :: atomic { HERE(parked) -> ANY(parked); row[one] = GONE;
           if
           :: told[one] = WITHDRAWN
           :: told[one] = AGAIN;
              row[recorded] = WAITING; wish[recorded] = wish[one];
              seen[recorded] = (MUST(KEEP_SEEN) -> seen[one] : cursor[0]);
              first[recorded] = (first[one] == NONE || !MUST(NAME_FIRST) -> one : first[one]);
              recorded++
           fi;
           one = 0 }
    od
}

#define same(m, n) (MUST(SAME_WISH) && (first[n] == m || (first[m] == n && MUST(EITHER_ORDER)) || \
    (first[n] != NONE && first[n] == first[m] && MUST(SIBLINGS))))
#define place(n) (MUST(KEEP_PLACE) -> wish[n] : n)
#define elsewhere(n) ((wish[by] == C) != (wish[n] == C))
#define overtaken(n) (by != NONE && (elsewhere(n) \
    -> position > seen[n] && MUST(SUPERSEDE) : place(by) > place(n) && MUST(PLACE)))

inline decide(n) {
    assert(told[n] != TAKEN_BACK); /* what never left the machine */
    if
    :: overtaken(n) -> word[n] = REFUSED; /* for something newer, or because it was set aside */
       assert((elsewhere(n) && position > knew[wish[n]]) ||
           (wish[n] == A && effects[B] && parks < PARKS))
    :: else -> word[n] = ACCEPTED;
       assert(!effects[wish[n]]); /* no doubled effect */
       assert(wish[n] != A || !effects[B]); /* a device's wishes in their order */
       assert(by == NONE || !elsewhere(n) || position <= knew[wish[n]]); /* nothing newer is lost */
       effects[wish[n]]++; position++; by = n
    fi
}

proctype Registry() {
#define P(set) :: IN(net, set) -> batch = set
#define PICK if P(1) P(2) P(3) P(4) P(5) P(6) P(7) P(8) P(9) P(10) P(11) P(12) P(13) P(14) \
    P(15) P(16) fi
end:
    do /* A batch arrives, and perhaps once more later. */
    :: atomic { net -> PICK; if :: net = net & ~(1 << batch) :: faults -> faults-- fi;
           d_step { for (w : A .. C) { EACH(m, 0, 4, IN(batch, m) && wish[m] == w,
                   if :: !word[m] -> EACH(k, 0, 3, word[k] && same(k, m), word[m] = word[k])
                   :: else fi;
                   if :: !word[m] || !MUST(REMEMBER) -> decide(m) :: else fi) }
               if :: out[batch / 16] == batch -> back[batch / 16] = 1 :: else fi;
               batch = 0 } }
    /* It is lost; its answer is, or the registry dies before it answers. */
    :: atomic { net && faults -> PICK; faults--; net = net & ~(1 << batch); batch = 0 }
    :: d_step { back[0] && faults -> faults--;
           EACH(k, 0, 3, IN(out[0], k) && !MUST(ONE_COMMIT), word[k] = 0);
           back[0] = 0 }
    :: d_step { back[1] && faults -> faults--; back[1] = 0 }
    od
}

init {
    atomic { run Device(0); run Device(1); run Registry();
#ifndef NO_STAFF
        run Staff()
#endif
    }
}

/* Nothing acknowledged is lost; receipts say what the registry says; nothing stands still. */
ltl answered { []<> !(HERE(unanswered) || unanswered(4)) }
ltl truthful { []<> !(HERE(untold) || untold(4)) }
ltl moving { []<> !(HERE(unmoved) || unmoved(4)) }
