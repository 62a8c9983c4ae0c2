// SPDX-License-Identifier: Apache-2.0
// One decoded image as networks and protocols take it. Not thread-safe: one thread calls torch.
#pragma once
#include "engine/batch.h"
#include "evaluation/protocol.h"
#include "image/image.h"

namespace seg {

// A view of the image's memory.
HostPixels host_pixels(const Image& image);

// A class for each of its pixels.
LabelMap classes_of(Protocol& protocol, const Image& image);

}  // namespace seg
