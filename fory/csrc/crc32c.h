/* CRC-32C (Castagnoli, reflected polynomial 0x82F63B78).

   Call crc32c_setup() once; after that everything is read-only. */

#ifndef FORY_CRC32C_H
#define FORY_CRC32C_H

#include <stddef.h>
#include <stdint.h>

void crc32c_setup(void);

/* Continue `crc`, the checksum of the bytes before; 0 for the first bytes. */
uint32_t crc32c_extend(uint32_t crc, const uint8_t *data, size_t size);

/* The same by tables alone, and whether crc32c_extend uses the processor's. */
uint32_t crc32c_portable(uint32_t crc, const uint8_t *data, size_t size);
int crc32c_is_hardware(void);

#endif
