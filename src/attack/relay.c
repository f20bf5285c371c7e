/* relay.c - two methods in one run. Neither knows of the other: the first reports what it finds, as ever; the second finds run->best there
 * when it begins. Which is the partner, and when it hands over, an option of the run's method says. */
#include "attack/relay.h"

#include "base/array.h"
#include "base/error.h"

bool pp_relay_partner(const pp_params *params, pp_partner *partner)
{
    return params->method->partner && params->method->partner(params, partner);
}

static pp_code init_leg(pp_leg *leg, size_t n_pixels, pp_error *err)
{
    size_t size = leg->params->method->state_size(leg->params, n_pixels);
    leg->state = size ? pp_array_new(1, size) : NULL;
    return leg->state ? PP_OK : pp_no_memory(err, "an attack");
}

pp_code pp_relay_init(pp_relay *relay, const pp_params *params, size_t n_pixels, pp_error *err)
{
    pp_code code = PP_OK;
    bool has_partner = pp_relay_partner(params, &relay->partner);
    pp_leg *own = &relay->legs[has_partner && relay->partner.before], *other = &relay->legs[!relay->partner.before];
    relay->n = has_partner ? 2 : 1;
    own->params = params;
    if (has_partner) {
        code = pp_params_for_other(&other->made, params, relay->partner.method, err);
        other->params = other->made;
    }
    for (size_t i = 0; code == PP_OK && i < relay->n; i++)
        code = init_leg(&relay->legs[i], n_pixels, err);
    return code;
}

void pp_relay_clear(pp_relay *relay)
{
    for (size_t i = 0; i < relay->n; i++) {
        free(relay->legs[i].state);
        pp_params_free(relay->legs[i].made);
    }
}

void pp_relay_enter(pp_run *run)
{
    const pp_leg *leg = &run->relay->legs[run->relay->at];
    run->method = leg->params->method;
    run->params = leg->params;
    run->state = leg->state;
}

bool pp_relay_goes_on(pp_run *run, pp_code code)
{
    pp_relay *relay = run->relay;
    bool is_done = run->stop == PP_STOP_MINIMUM || run->stop == PP_STOP_TARGET;
    if (relay->at + 1 >= relay->n || is_done || (code != PP_OK && code != PP_BUDGET))
        return false;
    relay->at++;
    run->stop = PP_STOP_NONE;
    pp_relay_enter(run);
    return true;
}

bool pp_relay_is_handed_over(const pp_relay *relay)
{
    return relay->n == 2 && relay->at == 0 && relay->partner.after_init;
}

double pp_relay_limit(const pp_relay *relay, double budget)
{
    return relay->n == 2 && relay->at == 0 ? relay->partner.share * budget : budget;
}
