/* The converter: one ECG sample every 4 ms, started by the clock's interrupt, then one of the room's temperature. */
#ifndef ADC_H
#define ADC_H

#include <stdbool.h>
#include <stdint.h>

#include "node_hal.h"

#define ADC_HELD 16u     /* ECG samples: 64 ms that the main loop may be late */
#define ADC_AVERAGE 256u /* conversions of one temperature: about a second */

void adc_start(void);
/* Start the next sample. Called by the clock, interrupts off. */
void adc_sample(void);
/* Fetch the oldest ECG sample. */
bool adc_get(struct node_ecg_sample *sample);
/* Room sensor's output in 0.1 mV; 0xffff before the first average is there. */
uint16_t adc_temperature(void);

#endif
