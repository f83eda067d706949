#include "adc.h"

#include <avr/interrupt.h>
#include <avr/io.h>
#include <util/atomic.h>

#include "board.h"
#include "clock.h"
#include "node_protocol.h"

#define CHANNEL_ECG 0u
#define CHANNEL_TEMPERATURE 1u
#define REFERENCE 0u /* REFS 00: the AREF pin */
#define NO_TEMPERATURE 0xffffu
#define FULL_SCALE 1024ul

/* 125 kHz, within the 50 to 200 kHz of ten good bits: a conversion takes 104 us. */
#define PRESCALER (_BV(ADPS2) | _BV(ADPS1) | _BV(ADPS0))

#if ADC_HELD & (ADC_HELD - 1u)
#error "the ring's indices wrap by a mask"
#endif
#if ADC_AVERAGE != 256u
#error "the conversions are counted by a byte that wraps"
#endif

static volatile struct {
    struct node_ecg_sample held[ADC_HELD];
    uint8_t head, tail;
    uint8_t missed;
    uint8_t leads;
    bool at_ecg;
    uint32_t started_us;
    uint32_t sum;       /* of the temperature's conversions */
    uint8_t converted;
    uint16_t temperature;
} converter;

static void convert(uint8_t channel) {
    ADMUX = REFERENCE | channel;
    ADCSRA |= _BV(ADSC);
}

static uint8_t leads(void) {
    uint8_t levels = PIND, off = 0;
    if (levels & _BV(PIN_LEAD_PLUS))
        off |= NODE_SAMPLES_LEAD_PLUS;
    if (levels & _BV(PIN_LEAD_MINUS))
        off |= NODE_SAMPLES_LEAD_MINUS;
    return off;
}

static void keep(uint16_t value) {
    uint8_t next = (converter.head + 1u) & (ADC_HELD - 1u);
    if (next == converter.tail) {
        if (converter.missed < UINT8_MAX)
            converter.missed++;
        return;
    }
    volatile struct node_ecg_sample *sample = &converter.held[converter.head];
    sample->t_us = converter.started_us;
    sample->value = value;
    sample->leads = converter.leads;
    sample->missed = converter.missed;
    converter.missed = 0;
    converter.head = next;
}

static void average(uint16_t value) {
    converter.sum += value;
    if (++converter.converted)
        return;
    converter.sum += ADC_AVERAGE / 2u; /* a count stands for the middle of its step */
    converter.temperature = (uint16_t)(converter.sum * (REFERENCE_MV * 10ul / 4u) / (FULL_SCALE * ADC_AVERAGE / 4u));
    converter.sum = 0;
}

ISR(ADC_vect) {
    uint16_t value = ADC;
    if (converter.at_ecg) {
        converter.at_ecg = false;
        keep(value);
        convert(CHANNEL_TEMPERATURE);
    } else {
        average(value);
    }
}

void adc_start(void) {
    converter.temperature = NO_TEMPERATURE;
    DIDR0 = _BV(ADC0D) | _BV(ADC1D);
    ADMUX = REFERENCE | CHANNEL_ECG;
    ADCSRA = _BV(ADEN) | _BV(ADIE) | PRESCALER;
}

void adc_sample(void) {
    converter.started_us = clock_us_masked();
    converter.leads = leads();
    converter.at_ecg = true;
    convert(CHANNEL_ECG);
}

bool adc_get(struct node_ecg_sample *sample) {
    uint8_t tail = converter.tail;
    if (tail == converter.head)
        return false;
    sample->t_us = converter.held[tail].t_us;
    sample->value = converter.held[tail].value;
    sample->leads = converter.held[tail].leads;
    sample->missed = converter.held[tail].missed;
    converter.tail = (tail + 1u) & (ADC_HELD - 1u);
    return true;
}

uint16_t adc_temperature(void) {
    uint16_t temperature;
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE) {
        temperature = converter.temperature;
    }
    return temperature;
}
