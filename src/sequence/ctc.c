/* ctc.c */
#include "sequence_job.h"
#include "status.h"

lk_status lk_run_ctc(const lk_request *request, size_t *bytes)
{
    (void)bytes;
    return lk_fail(LK_UNSUPPORTED, "%s: not there", request->info->name);
}
