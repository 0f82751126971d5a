/* sequence.c: the way into the algorithm of each loss over sequences. */
#include "losskit.h"
#include "sequence_job.h"

lk_status lk_run_sequence(const lk_request *request, size_t *bytes)
{
    switch (request->id) {
    case LK_CTC:
        return lk_run_ctc(request, bytes);
    case LK_SOFT_EDIT_DISTANCE:
        return lk_run_soft_edit_distance(request, bytes);
    default:
        return lk_run_expected_edit_distance(request, bytes);
    }
}
