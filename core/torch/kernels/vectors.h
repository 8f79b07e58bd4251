// Loops that the compiler turns into vector instructions, once for each processor that they may run on.
#pragma once

// Vectors need more than the oldest x86-64 has: it lacks a product of 32-bit integers, for example.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define VIDEOENHANCE_VECTORS __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define VIDEOENHANCE_VECTORS
#endif
