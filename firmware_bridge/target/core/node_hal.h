/* What the node's logic asks of a board: the only way from target/core to hardware.
 *
 * Every function gets `hw`, returns at once, and is called from the main loop only, never from an interrupt. What
 * interrupts gather (received bytes, ECG samples) the board keeps in rings of its own until it is asked.
 * A board without a part leaves out its feature bit; the functions of that part are then never called and may be NULL:
 * `ecg_get` (NODE_HAS_ECG), `i2c_start` and `i2c_state` (NODE_HAS_OXIMETER), `temperature` (NODE_HAS_TEMPERATURE).
 *
 * Main program of a board:
 *     hardware up; node_init(&node, &hal, &setup);
 *     for (;;) { kick watchdog; if (!node_step(&node)) sleep until the next interrupt, 1 ms at most; }
 */
#ifndef NODE_HAL_H
#define NODE_HAL_H

#include <stdbool.h>
#include <stdint.h>

#define NODE_HAS_ECG 1u
#define NODE_HAS_OXIMETER 2u
#define NODE_HAS_TEMPERATURE 4u
#define NODE_HAS_LOADER 8u  /* `restart` can enter the loader by itself */

struct node_ecg_sample {
    uint32_t t_us;   /* when it was converted */
    uint16_t value;  /* converter counts */
    uint8_t leads;   /* NODE_SAMPLES_LEAD_PLUS | NODE_SAMPLES_LEAD_MINUS where the AD8232's LO pin is high */
    uint8_t missed;  /* samples that were converted and overwritten before this one */
};

enum node_i2c_state { NODE_I2C_IDLE, NODE_I2C_BUSY, NODE_I2C_DONE, NODE_I2C_FAILED };

/* One transfer: `out` is written, then, if `in_length` is not 0, `in` is read after a repeated start. `out` is copied or
 * sent before i2c_start returns to the caller a second time: it stays valid until the state is no longer BUSY. */
struct node_i2c_transfer {
    uint8_t address;        /* 7 bits */
    const uint8_t *out;
    uint8_t out_length;     /* 1 or more */
    uint8_t *in;
    uint8_t in_length;
};

enum node_led {
    NODE_LED_OFF,
    NODE_LED_CALLING,   /* fast: a call is not yet acknowledged */
    NODE_LED_HEARD,     /* steady: a call was acknowledged in the last seconds */
    NODE_LED_NO_HOST,   /* slow: nobody listens, a call would not be heard */
    NODE_LED_IDENTIFY   /* double flash: a technician looks for this node */
};

struct node_health {
    uint16_t rx_overrun;  /* received bytes lost, since reset; wraps */
    uint16_t free_stack;  /* bytes never used, 0xffff if unknown */
};

struct node_hal {
    void *hw;
    /* Microseconds since some start; all 32 bits count, so it wraps after 71.6 min. */
    uint32_t (*now_us)(void *hw);
    /* Next received byte, or -1. The ring holds 128 or more. */
    int16_t (*uart_get)(void *hw);
    /* Bytes that uart_put would take now, 255 at most. The ring holds 128 or more (an AVR: 256). */
    uint8_t (*uart_room)(void *hw);
    /* Queue one byte; only called when there is room. Never waits. */
    void (*uart_put)(void *hw, uint8_t byte);
    /* Raw levels, not debounced: NODE_INPUT_CALL | NODE_INPUT_MAT, 1 is active. */
    uint8_t (*inputs)(void *hw);
    /* Fetch the next ECG sample; false if there is none. The board samples at NODE_ECG_HZ by a timer. */
    bool (*ecg_get)(void *hw, struct node_ecg_sample *sample);
    /* Room sensor's output (TMP36: 10 mV per degree, 500 mV at 0 Cel) in 0.1 mV, averaged; 0xffff: no value yet. */
    uint16_t (*temperature)(void *hw);
    /* Start a transfer; false if one is under way. */
    bool (*i2c_start)(void *hw, const struct node_i2c_transfer *transfer);
    /* State of the transfer that was started last. The board gives up by itself (FAILED) after 20 ms, and frees the bus. */
    enum node_i2c_state (*i2c_state)(void *hw);
    /* Memory that survives power loss, NODE_NVM_BYTES from `offset` 0. Called at start, and once when a node is named. Writing may
     * take 50 ms with interrupts on. False if it failed. */
    bool (*nvm_read)(void *hw, uint8_t offset, uint8_t *data, uint8_t length);
    bool (*nvm_write)(void *hw, uint8_t offset, const uint8_t *data, uint8_t length);
    /* One byte of the capability descriptor (which may lie in flash that is no data memory). */
    uint8_t (*descriptor)(void *hw, uint16_t offset);
    /* What the lamp at the bed shows; called when it changes. */
    void (*led)(void *hw, enum node_led state);
    /* Counters that only the board has. */
    void (*health)(void *hw, struct node_health *health);
    /* Start anew: NODE_RESTART_APPLICATION or _LOADER. Called once everything that was queued has had time to leave. Does not return
     * on hardware; a board that cannot do it returns. */
    void (*restart)(void *hw, uint8_t mode);
};

#define NODE_NVM_BYTES 32u
#define NODE_ECG_HZ 250u

#endif
