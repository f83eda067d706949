/* The room node's logic: everything that is not hardware.
 *
 * One struct node holds all state (and none is anywhere else); the caller owns it, fills in a HAL and calls node_step in its
 * main loop. Nothing here waits, allocates, or touches a register. Sending never blocks: a frame for which the UART's ring has no
 * room is dropped and counted, and NODE_RESERVE bytes of the ring are kept for events alone.
 */
#ifndef NODE_H
#define NODE_H

#include <stdbool.h>
#include <stdint.h>

#include "ecg_ad8232.h"
#include "max30102.h"
#include "node_events.h"
#include "node_frame.h"
#include "node_hal.h"
#include "node_protocol.h"

#define NODE_DEBOUNCE_CALL_MS 10u
#define NODE_DEBOUNCE_MAT_MS 300u
#define NODE_TEMPERATURE_MS 5000u
#define NODE_HEARD_MS 10000u      /* how long the lamp says that a call was heard */
#define NODE_NO_HOST_MS 10000u    /* silence after which the lamp says that nobody listens */
#define NODE_RESTART_DELAY_MS 60u /* a full ring of 256 bytes leaves in 23 ms */
#define NODE_BYTES_PER_STEP 64u   /* received bytes handled before the rest of a step gets its turn */
#define NODE_SAMPLES_PER_STEP 8u

/* What a board tells at start. */
struct node_setup {
    uint8_t features;            /* NODE_HAS_* */
    uint8_t reset_cause;         /* NODE_RESET_* */
    uint16_t descriptor_length;
    struct node_events *kept;    /* the event queue's memory; `.noinit` where the board has it */
};

struct node_debounce {
    uint32_t edge_us;   /* when the level began to differ */
    uint16_t edge_ms;
    bool stable;        /* debounced level */
    bool differs;
};

struct node_counters {
    uint16_t tx_drop;      /* frames for which there was no room */
    uint16_t rx_bad_crc;
    uint16_t rx_bad_frame; /* too long, too short, not COBS */
};

struct node {
    const struct node_hal *hal;
    uint32_t id;                  /* 0: not yet named */
    uint32_t boot;
    uint32_t descriptor_crc;
    uint16_t descriptor_length;
    uint8_t features;
    uint8_t reset_cause;
    uint8_t slot;                 /* of the memory record in use */
    uint8_t faults;               /* bit per NODE_PART_* */
    uint8_t streams;              /* bit per stream that is sent */
    uint8_t led;
    uint8_t restart_mode;
    bool heard;                   /* a valid frame came since start */
    bool host_silent;
    bool restarting;
    bool call_heard;              /* the lamp shows it */
    uint16_t seq;
    /* Clocks, all from now_us: */
    uint32_t last_us;
    uint16_t rest_us;             /* of the running millisecond */
    uint16_t now_ms;              /* wraps */
    uint16_t rest_ms;             /* of the running second */
    uint32_t second;              /* uptime */
    uint16_t heartbeat_ms;
    uint16_t temperature_ms;
    uint16_t restart_ms;
    uint32_t host_second;         /* when the host was last heard */
    uint32_t heard_second;        /* when a call was last acknowledged */
    uint32_t identify_second;     /* until when the lamp identifies */
    uint32_t temperature_index;
    struct node_debounce call;
    struct node_debounce mat;
    struct node_counters count;
    struct node_queue events;
    struct max30102 oximeter;
    struct ecg_ad8232 ecg;
    struct node_deframer deframer;
    uint8_t rx[NODE_HEADER + NODE_MAX_COMMAND + NODE_CRC_BYTES];
    uint8_t tx[NODE_HEADER + NODE_MAX_PAYLOAD + NODE_CRC_BYTES];
};

/* Start: reads the memory, counts the boot, sends HELLO. `hal` and the kept queue must live as long as the node. */
void node_init(struct node *node, const struct node_hal *hal, const struct node_setup *setup);
/* Do what is due. True if there is more to do at once, false if the board may sleep until the next interrupt (1 ms at most). */
bool node_step(struct node *node);

#endif
