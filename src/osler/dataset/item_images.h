#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "osler/dataset/card.h"
#include "osler/dataset/items.h"
#include "osler/dataset/rows.h"

namespace osler {

/// Says where the images of a row are, in order: files in the form's folders (or zips), or parts of the data file.
/// What is missing or out of place is noted in the draft; the item still counts and comes out as an error.
void set_images(const Form& form, const Row& row, const std::filesystem::path& file, ItemDraft& draft);

}  // namespace osler
