// node-addon-api, as all of the binding must include it: where a worker is terminated while one of our functions runs,
// JavaScript takes no exception any more, and the process must not end over that.
#pragma once
#define NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS
#include <napi.h>
