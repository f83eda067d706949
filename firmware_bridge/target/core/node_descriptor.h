/* Writes a capability descriptor (PROTOCOL.md, "Capability descriptor") as a constant array:
 *
 *     static const uint8_t DESCRIPTOR[] FLASH = {
 *         NODE_D_BOARD(5), 'm', '3', '2', '8', 'p',
 *         NODE_D_FIRMWARE(5), '1', '.', '0', '.', '0',
 *         NODE_D_CLOCK(100),
 *         NODE_D_STREAM(NODE_STREAM_ECG, NODE_KIND_ECG, 0x12, 250000, 512, 48828, -6),
 *         NODE_D_EVENT(NODE_EVENT_CALL), ...
 *         NODE_D_UPDATE(NODE_UPDATE_STK500, 115200),
 *     };
 */
#ifndef NODE_DESCRIPTOR_H
#define NODE_DESCRIPTOR_H

#define NODE_KIND_ECG 1          /* mV */
#define NODE_KIND_PPG 2          /* channels red, infra-red; counts */
#define NODE_KIND_TEMPERATURE 3  /* of the room; Cel */

#define NODE_UPDATE_NONE 0
#define NODE_UPDATE_STK500 1     /* optiboot and its kin: STK500 v1 after an external reset (DTR) */
#define NODE_UPDATE_AN3155 2     /* the ROM loader of an STM32 */

#define NODE_D_16(v) ((uint8_t)((v) & 0xff)), ((uint8_t)(((v) >> 8) & 0xff))
#define NODE_D_32(v) NODE_D_16((uint32_t)(v)), NODE_D_16((uint32_t)(v) >> 16)

#define NODE_D_BOARD(length) 1, (length)       /* that many characters follow, ASCII */
#define NODE_D_FIRMWARE(length) 2, (length)    /* version, ASCII */
#define NODE_D_CLOCK(ppm) 3, 2, NODE_D_16(ppm) /* how wrong the node's clock may be */
/* value = (sample - zero) * mantissa * 10^exponent in the kind's unit; format = channels << 4 | bytes of a sample. */
#define NODE_D_STREAM(id, kind, format, millihertz, zero, mantissa, exponent) \
    4, 14, (id), (kind), (format), NODE_D_32(millihertz), NODE_D_32(zero), NODE_D_16(mantissa), (uint8_t)(exponent)
#define NODE_D_EVENT(kind) 5, 1, (kind)
#define NODE_D_UPDATE(method, baud) 6, 5, (method), NODE_D_32(baud)
#define NODE_D_HARDWARE(revision) 7, 1, (revision)

#endif
