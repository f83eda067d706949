/* I2C master, driven by its interrupt. */
#ifndef TWI_H
#define TWI_H

#include "node_hal.h"

#define TWI_PATIENCE_US 20000ul

void twi_start_up(void);
/* Start a transfer; false while one is under way. */
bool twi_start(const struct node_i2c_transfer *transfer);
/* How the last one stands; gives up and frees the bus when its time is over. */
enum node_i2c_state twi_state(void);

#endif
