// A kernel's arithmetic is a function of raw pointers and one index that compiles for the host and for the
// device: what a machine without a GPU builds is at least right in its indices, since a CPU test runs the
// same function.
#pragma once

#ifdef __CUDACC__
#define VIDEOENHANCE_HOST_DEVICE __host__ __device__
#else
#define VIDEOENHANCE_HOST_DEVICE
#endif
