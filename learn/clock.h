/* clock.h: the time that trainings tell their progress functions. */
#ifndef LK_LEARN_CLOCK_H
#define LK_LEARN_CLOCK_H

double lk_clock(void); /* seconds since some moment */

#endif
