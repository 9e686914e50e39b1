/* What the C files share. Every number is that of the Python code beside which a function stands. */

#ifndef SYMGEN_KERNEL_H
#define SYMGEN_KERNEL_H

#include <stdint.h>

#if defined(_WIN32)
#define EXPORT __declspec(dllexport)
#else
#define EXPORT __attribute__((visibility("default")))
#endif

/* One file for all processors: the widest vectors that the one at hand has are chosen when it runs. */
#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GNUC__) && !defined(__clang__)
#define WIDE __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define WIDE
#endif

#endif
