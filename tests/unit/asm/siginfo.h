/* SPDX-License-Identifier: MIT */
#pragma once

#include "signal.h"
