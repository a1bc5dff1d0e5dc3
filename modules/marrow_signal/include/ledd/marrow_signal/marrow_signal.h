#pragma once
#include "ledd/marrow_signal/modic.h"
#include "ledd/marrow_signal/vbq.h"
