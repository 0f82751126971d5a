#include "support/scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "support/element_types.h"
#include "support/sample.h"

const lk_tensor **scene_in(scene *s, int in)
{
    const lk_tensor **const slots[INS] = {&s->call.input, &s->call.target, &s->call.auxiliary,
                                          &s->call.weight, &s->call.upstream};
    return slots[in];
}

const lk_tensor **scene_out(scene *s, int out)
{
    const lk_tensor **const slots[OUTS] = {&s->call.value, &s->call.gradient, &s->call.curvature,
                                           &s->call.target_gradient, &s->call.auxiliary_gradient};
    return slots[out];
}

const char *scene_out_name(int out)
{
    static const char *const names[OUTS] = {"value", "gradient", "curvature", "target_gradient",
                                            "auxiliary_gradient"};
    return names[out];
}

const char *scene_in_name(int in)
{
    static const char *const names[INS] = {"input", "target", "auxiliary", "weight", "upstream"};
    return names[in];
}

static double draw_for(const lk_loss_info *info, int in, rng *r, int bits)
{
    static const lk_domain weights = {0, 4, 0}, reals = {-HUGE_VAL, HUGE_VAL, 0};
    switch (in) {
    case IN_INPUT:
        return draw(&info->input_domain, r, bits);
    case IN_TARGET:
        return draw(&info->target_domain, r, bits);
    case IN_AUXILIARY:
        return draw(&info->auxiliary_domain, r, bits);
    case IN_WEIGHT:
        return draw(&weights, r, bits);
    default:
        return draw(&reals, r, bits);
    }
}

static unsigned wanted_ins(const lk_loss_info *info, unsigned ins)
{
    ins |= 1u << IN_INPUT | 1u << IN_TARGET;
    if (!info->auxiliary)
        ins &= ~(1u << IN_AUXILIARY);
    else if (info->auxiliary_param < 0)
        ins |= 1u << IN_AUXILIARY;
    return ins;
}

static unsigned wanted_outs(const lk_loss_info *info, unsigned outs)
{
    if (!has_target_gradient(info)) outs &= ~(1u << TO_TARGET);
    if (!info->auxiliary_gradient_tex) outs &= ~(1u << TO_AUXILIARY);
    return outs;
}

void scene_make(scene *s, lk_loss loss, const plan *p, rng *layout)
{
    const lk_call fresh = LK_CALL_INIT;
    memset(s, 0, sizeof *s);
    s->loss = loss;
    s->info = lk_loss_describe(loss);
    plain_params(s->info, s->params);
    s->call = fresh;
    s->ins = wanted_ins(s->info, p->ins);
    s->outs = wanted_outs(s->info, p->outs);
    for (int k = 0; k < INS; k++) {
        rng data = {p->seed * 1000 + (uint64_t)loss * 10 + (uint64_t)k};
        if (!(s->ins >> k & 1)) continue;
        const int dtype = k == IN_TARGET && p->target ? p->target : p->dtype;
        view_make(&s->in[k], dtype, p->ndim, p->shape, p->layout, layout);
        for (int64_t i = 0, n = view_count(&s->in[k]); i < n; i++)
            view_set(&s->in[k], i, draw_for(s->info, k, &data, p->bits ? p->bits : 16));
        *scene_in(s, k) = &s->in[k].tensor;
    }
    for (int k = 0; k < OUTS; k++) {
        if (!(s->outs >> k & 1)) continue;
        view_make(&s->out[k], p->out ? p->out : p->dtype, p->ndim, p->shape, p->layout, layout);
        *scene_out(s, k) = &s->out[k].tensor;
    }
    s->result = (lk_result){-77, -77, -77};
    s->call.result = &s->result;
}

void scene_free(scene *s)
{
    for (int k = 0; k < INS; k++) view_free(&s->in[k]);
    for (int k = 0; k < OUTS; k++) view_free(&s->out[k]);
}

lk_status scene_run(scene *s)
{
    return lk_evaluate(s->loss, s->params, s->info->n_params, &s->call);
}

void scenes_agree(const scene *want, const scene *got, const char *what)
{
    for (int k = 0; k < OUTS; k++) {
        if (!(want->outs >> k & 1)) continue;
        const view *a = &want->out[k], *b = &got->out[k];
        for (int64_t i = 0, n = view_count(a); i < n; i++)
            if (!element_same(view_at(a, i), 0, view_at(b, i), 0, a->dtype))
                fail_msg("%s %s, %s: %s[%lld] is %a, not %a", want->info->name,
                         element_name(a->dtype), what, scene_out_name(k), (long long)i,
                         view_get(b, i), view_get(a, i));
    }
    if (!element_same(&want->result.value, 0, &got->result.value, 0, LK_F64))
        fail_msg("%s, %s: the result is %a, not %a", want->info->name, what, got->result.value,
                 want->result.value);
    assert_true(want->result.normalizer == got->result.normalizer);
    assert_true(want->result.count == got->result.count);
}

void scene_remember(scene *s)
{
    for (int k = 0; k < INS; k++)
        if (s->ins >> k & 1) view_remember(&s->in[k]);
    for (int k = 0; k < OUTS; k++)
        if (s->outs >> k & 1) view_remember(&s->out[k]);
}

void scene_intact(const scene *s, const char *what)
{
    for (int k = 0; k < INS; k++)
        if (s->ins >> k & 1 && view_changed(&s->in[k]))
            fail_msg("%s, %s: %s was written to", s->info->name, what, scene_in_name(k));
    for (int k = 0; k < OUTS; k++)
        if (s->outs >> k & 1 && view_gaps_changed(&s->out[k]))
            fail_msg("%s, %s: bytes around %s were written to", s->info->name, what,
                     scene_out_name(k));
}

void scene_untouched(const scene *s, const char *what)
{
    for (int k = 0; k < INS; k++)
        if (s->ins >> k & 1 && view_changed(&s->in[k]))
            fail_msg("%s, %s: %s was written to", s->info->name, what, scene_in_name(k));
    for (int k = 0; k < OUTS; k++)
        if (s->outs >> k & 1 && view_changed(&s->out[k]))
            fail_msg("%s, %s: %s was written to", s->info->name, what, scene_out_name(k));
    assert_true(s->result.value == -77 && s->result.normalizer == -77 && s->result.count == -77);
}
