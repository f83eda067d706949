/* A board that exists only in memory: the node's core runs on it in virtual time, for tests.
 *
 * Time advances in steps of a millisecond. The UART is paced (115200 baud) in both directions, through rings of the sizes that the AVR has. An
 * oximeter answers on I2C with the MAX30102's registers; the ECG converter delivers 250 samples a second.
 */
#ifndef BOARD_H
#define BOARD_H

#include "node.h"

#define BOARD_TX_RING 256u
#define BOARD_RX_RING 128u
#define BOARD_LINE 65536u
#define BOARD_ECG_RING 8u

enum board_part { BOARD_PART_WELL, BOARD_PART_ABSENT, BOARD_PART_STUCK, BOARD_PART_SILENT };

struct board_oximeter {
    uint8_t reg[256];
    uint8_t pointer;
    uint8_t fifo[32][6];
    uint8_t count;             /* samples in the FIFO */
    uint8_t write, read;
    uint8_t overflow;
    uint32_t made;             /* samples since it was set up */
    bool finger;
    enum board_part part;
    enum node_i2c_state state;
    uint64_t until;            /* when the transfer ends */
};

struct board {
    struct node node;
    struct node_hal hal;
    struct node_events kept;
    uint64_t now;              /* microseconds of the world */
    uint32_t clock_start;      /* what the node's clock shows at its start */
    uint64_t started;          /* when it started, of the world */
    int32_t ppm;               /* the node's clock is fast by this */
    uint8_t features;
    uint8_t inputs;
    uint8_t leads;
    uint16_t level;            /* of the temperature sensor, 0.1 mV */
    uint8_t nvm[NODE_NVM_BYTES];
    bool nvm_broken;
    bool stalled;              /* the main loop stands */
    uint8_t tx[BOARD_TX_RING], tx_head, tx_tail;
    uint8_t rx[BOARD_RX_RING], rx_head, rx_tail;
    uint16_t rx_overrun;
    uint8_t out[BOARD_LINE];   /* bytes that left, not yet taken by the test */
    uint32_t out_length;
    uint32_t out_lost;
    uint8_t in[BOARD_LINE];    /* bytes that the test gave, not yet on the line */
    uint32_t in_head, in_tail;
    uint32_t tx_credit, rx_credit; /* thousandths of a byte */
    struct node_ecg_sample ecg[BOARD_ECG_RING];
    uint8_t ecg_head, ecg_tail, ecg_missed;
    uint32_t ecg_made;         /* samples since start */
    struct board_oximeter oximeter;
    uint8_t led;
    uint32_t led_changes;
    uint8_t restarts;
    uint8_t restart_mode;
};

/* Takes memory of board_size() bytes, cleared. */
uint32_t board_size(void);
void board_make(struct board *board, uint8_t features, uint32_t clock_start, int32_t ppm);
/* Start or restart the node; `wipe` clears what a power loss clears. */
void board_start(struct board *board, uint8_t cause, bool wipe);
/* Let time pass, in whole milliseconds of the world. */
void board_run(struct board *board, uint32_t ms);
/* Bytes from the host, onto the line. */
void board_give(struct board *board, const uint8_t *data, uint32_t length);
/* Fetch what left the node; returns how many bytes. */
uint32_t board_take(struct board *board, uint8_t *data, uint32_t size);
void board_set_inputs(struct board *board, uint8_t inputs);
void board_set_leads(struct board *board, uint8_t leads);
void board_set_level(struct board *board, uint16_t level);
void board_set_oximeter(struct board *board, uint8_t part, bool finger);
void board_set_memory(struct board *board, bool broken, bool erase);
void board_set_stalled(struct board *board, bool stalled);
/* What the tests look at; see the function for the numbers. */
uint32_t board_look(const struct board *board, uint8_t what);

#endif
