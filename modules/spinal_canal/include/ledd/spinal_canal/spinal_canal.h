#pragma once
#include "ledd/spinal_canal/axial_sac.h"
#include "ledd/spinal_canal/canal_morphometry.h"
#include "ledd/spinal_canal/dural_sac.h"
