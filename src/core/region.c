/* region.c: not there yet. */
#include "family.h"
#include "status.h"

lk_status lk_run_region(const lk_request *request, size_t *bytes)
{
    (void)bytes;
    return lk_fail(LK_UNSUPPORTED, "%s: not there yet", request->info->name);
}
