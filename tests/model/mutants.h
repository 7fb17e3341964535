/* Ways to get the protocol wrong. -DMUTANT=NAME builds one in; the check has to find each. */
#ifndef MUTANT
#define MUTANT 0
#endif
#define MUST(rule) (MUTANT != rule)
/* At the device. */
#define HEAL 1          /* what a dead program had claimed is free at the next start */
#define TIME_OUT 2      /* silence ends an exchange */
#define KEEP 3          /* a row stays until its answer is recorded */
#define OLDEST_FIRST 4  /* an earlier wish of a person is not overtaken in the queue */
#define PASS_PARKED 5   /* a parked row holds back nobody */
#define UNSENT_ONLY 6   /* what may have left the machine is not taken back as if it had not */
#define NAME_FIRST 7    /* what is sent again names the first operation, not the one before */
#define KEEP_SEEN 8     /* what is sent again says the `seen` of the first */
#define KEEP_PLACE 9    /* what is sent again says the sequence of the first */
/* At the registry. */
#define REMEMBER 10     /* a known id gets its first word and no effect */
#define ONE_COMMIT 11   /* effect and word are on disk together */
#define SAME_WISH 12    /* an operation that names a known one gets the word of that */
#define EITHER_ORDER 13 /* an operation named by a known one gets the word of that */
#define SIBLINGS 14     /* so do two operations that name the same unknown one */
#define SUPERSEDE 15    /* nothing newer of another device is overwritten */
#define PLACE 16        /* nothing later of the same device is overwritten */
#define FEED 17         /* outcomes are told in the feed, not in the answer alone */
