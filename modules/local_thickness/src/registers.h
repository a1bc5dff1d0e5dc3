#pragma once

/// Before a function with plain loops over rows: it is compiled for wide registers too, and the machine
/// chooses when the program starts. No instruction that rounds otherwise comes with these.
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__)
#define LEDD_WIDE_REGISTERS [[gnu::target_clones("avx2", "default")]]
#else
#define LEDD_WIDE_REGISTERS
#endif
