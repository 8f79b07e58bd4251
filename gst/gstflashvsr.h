#pragma once

#include "gst/gstvideoenhancebase.h"

#define GST_TYPE_FLASH_VSR (gst_flash_vsr_get_type())
G_DECLARE_FINAL_TYPE(GstFlashVsr, gst_flash_vsr, GST, FLASH_VSR, GstVideoEnhanceBase)

GST_ELEMENT_REGISTER_DECLARE(flashvsr)
