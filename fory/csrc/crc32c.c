#include "crc32c.h"

#include <string.h>

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#define HAVE_X86 1
#include <immintrin.h>
#elif defined(__aarch64__) && defined(__linux__) && defined(__GNUC__)
#define HAVE_ARM 1
#include <arm_acle.h>
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

#define POLYNOMIAL 0x82F63B78u

static uint32_t table[8][256];

static void fill_table(void) {
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;
        for (int k = 0; k < 8; k++)
            c = c & 1 ? c >> 1 ^ POLYNOMIAL : c >> 1;
        table[0][i] = c;
    }
    for (int t = 1; t < 8; t++)
        for (uint32_t i = 0; i < 256; i++)
            table[t][i] = table[t - 1][i] >> 8 ^ table[0][table[t - 1][i] & 255];
}

static inline uint64_t load_u64(const uint8_t *p) {
    uint64_t v;
    memcpy(&v, p, 8);
    return v;
}

/* Eight bytes at a time through eight tables. */
uint32_t crc32c_portable(uint32_t crc, const uint8_t *p, size_t n) {
    uint32_t c = ~crc;
    for (; n >= 8; n -= 8, p += 8) {
        uint64_t v = load_u64(p) ^ c;
        c = table[7][v & 255] ^ table[6][v >> 8 & 255] ^
            table[5][v >> 16 & 255] ^ table[4][v >> 24 & 255] ^
            table[3][v >> 32 & 255] ^ table[2][v >> 40 & 255] ^
            table[1][v >> 48 & 255] ^ table[0][v >> 56];
    }
    for (; n; n--)
        c = c >> 8 ^ table[0][(c ^ *p++) & 255];
    return ~c;
}

#if HAVE_X86 || HAVE_ARM

#if HAVE_X86
#define TARGET __attribute__((target("sse4.2")))
#define STEP_64(c, v) _mm_crc32_u64(c, v)
#define STEP_8(c, v) _mm_crc32_u8((uint32_t)(c), v)
typedef uint64_t lane_t;
#else
#define TARGET __attribute__((target("+crc")))
#define STEP_64(c, v) __crc32cd(c, v)
#define STEP_8(c, v) __crc32cb(c, v)
typedef uint32_t lane_t;
#endif

/* The instruction takes three cycles but starts every cycle, so three lanes of one
   run go side by side. Lanes are joined by "append LANE zero bytes", which is linear
   and therefore four table look-ups. Three long lanes fill a page of 4 KiB. */
#define LONG_LANE 1360
#define SHORT_LANE 128

typedef uint32_t zeros_t[4][256];
static zeros_t long_zeros, short_zeros;

static uint32_t append_zeros(uint32_t c, size_t n) {
    while (n--)
        c = c >> 8 ^ table[0][c & 255];
    return c;
}

static void fill_zeros(zeros_t zeros, size_t n) {
    uint32_t bits[32];
    for (int b = 0; b < 32; b++)
        bits[b] = append_zeros(1u << b, n);
    for (int t = 0; t < 4; t++)
        for (uint32_t i = 0; i < 256; i++) {
            uint32_t c = 0;
            for (int b = 0; b < 8; b++)
                if (i >> b & 1)
                    c ^= bits[8 * t + b];
            zeros[t][i] = c;
        }
}

static inline uint32_t shift(zeros_t zeros, uint32_t c) {
    return zeros[0][c & 255] ^ zeros[1][c >> 8 & 255] ^
           zeros[2][c >> 16 & 255] ^ zeros[3][c >> 24];
}

TARGET static inline uint32_t
three_lanes(uint32_t c, const uint8_t *p, size_t lane, zeros_t zeros) {
    lane_t a = c, b = 0, d = 0;
    for (const uint8_t *end = p + lane; p < end; p += 8) {
        a = STEP_64(a, load_u64(p));
        b = STEP_64(b, load_u64(p + lane));
        d = STEP_64(d, load_u64(p + 2 * lane));
    }
    c = shift(zeros, (uint32_t)a) ^ (uint32_t)b;
    return shift(zeros, c) ^ (uint32_t)d;
}

TARGET static uint32_t hardware(uint32_t crc, const uint8_t *p, size_t n) {
    uint32_t c = ~crc;
    for (; n >= 3 * LONG_LANE; n -= 3 * LONG_LANE, p += 3 * LONG_LANE)
        c = three_lanes(c, p, LONG_LANE, long_zeros);
    for (; n >= 3 * SHORT_LANE; n -= 3 * SHORT_LANE, p += 3 * SHORT_LANE)
        c = three_lanes(c, p, SHORT_LANE, short_zeros);
    for (; n >= 8; n -= 8, p += 8)
        c = (uint32_t)STEP_64(c, load_u64(p));
    for (; n; n--)
        c = STEP_8(c, *p++);
    return ~c;
}

static int has_instruction(void) {
#if HAVE_X86
    return __builtin_cpu_supports("sse4.2");
#else
    return (getauxval(AT_HWCAP) & HWCAP_CRC32) != 0;
#endif
}

#endif

static uint32_t (*chosen)(uint32_t, const uint8_t *, size_t) = crc32c_portable;

void crc32c_setup(void) {
    fill_table();
#if HAVE_X86 || HAVE_ARM
    fill_zeros(long_zeros, LONG_LANE);
    fill_zeros(short_zeros, SHORT_LANE);
    if (has_instruction())
        chosen = hardware;
#endif
}

uint32_t crc32c_extend(uint32_t crc, const uint8_t *data, size_t size) {
    return chosen(crc, data, size);
}

int crc32c_is_hardware(void) {
    return chosen != crc32c_portable;
}
