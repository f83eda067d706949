#include "ecg_ad8232.h"

#include "node_frame.h"

#define LEADS (NODE_SAMPLES_LEAD_PLUS | NODE_SAMPLES_LEAD_MINUS)

void ecg_ad8232_init(struct ecg_ad8232 *ecg)
{
    *ecg = (struct ecg_ad8232){0};
}

bool ecg_ad8232_ends(const struct ecg_ad8232 *ecg, const struct node_ecg_sample *sample)
{
    return sample->missed != 0 && ecg->filled != 0;
}

bool ecg_ad8232_add(struct ecg_ad8232 *ecg, const struct node_ecg_sample *sample)
{
    uint8_t leads = sample->leads & LEADS;
    if (ecg->filled == 0) {
        ecg->index += sample->missed;
        ecg->first_us = sample->t_us;
    }
    ecg->flags |= leads;
    if (leads != 0)
        ecg->settling = AD8232_SETTLE + 1u;
    if (ecg->settling != 0) {
        ecg->settling--;
        ecg->flags |= NODE_SAMPLES_NO_CONTACT;
    }
    if (sample->value < AD8232_RAIL_LOW || sample->value > AD8232_RAIL_HIGH)
        ecg->flags |= NODE_SAMPLES_SATURATED;
    node_put16(ecg->block + 2u * ecg->filled, sample->value);
    return ++ecg->filled == AD8232_BLOCK;
}

void ecg_ad8232_taken(struct ecg_ad8232 *ecg)
{
    ecg->index += ecg->filled;
    ecg->filled = 0;
    ecg->flags = 0;
}

uint32_t ecg_ad8232_next(const struct ecg_ad8232 *ecg)
{
    return ecg->index;
}
