/*
 * CVImageBuffer.h - images: the attachments that say how they are to be shown, and what follows from them.
 */
#ifndef TRANSOM_COREVIDEO_CVIMAGEBUFFER_H
#define TRANSOM_COREVIDEO_CVIMAGEBUFFER_H

#include <CoreFoundation/CFDictionary.h>
#include <CoreGraphics/CGColorSpace.h>
#include <CoreGraphics/CGGeometry.h>
#include <CoreVideo/CVBuffer.h>

CF_EXTERN_C_BEGIN

typedef CVBufferRef CVImageBufferRef;

CV_EXPORT const CFStringRef kCVImageBufferCGColorSpaceKey;
CV_EXPORT const CFStringRef kCVImageBufferCleanApertureKey;
CV_EXPORT const CFStringRef kCVImageBufferCleanApertureWidthKey;
CV_EXPORT const CFStringRef kCVImageBufferCleanApertureHeightKey;
CV_EXPORT const CFStringRef kCVImageBufferCleanApertureHorizontalOffsetKey;
CV_EXPORT const CFStringRef kCVImageBufferCleanApertureVerticalOffsetKey;
CV_EXPORT const CFStringRef kCVImageBufferPreferredCleanApertureKey;
CV_EXPORT const CFStringRef kCVImageBufferFieldCountKey;
CV_EXPORT const CFStringRef kCVImageBufferFieldDetailKey;
CV_EXPORT const CFStringRef kCVImageBufferFieldDetailTemporalTopFirst;
CV_EXPORT const CFStringRef kCVImageBufferFieldDetailTemporalBottomFirst;
CV_EXPORT const CFStringRef kCVImageBufferFieldDetailSpatialFirstLineEarly;
CV_EXPORT const CFStringRef kCVImageBufferFieldDetailSpatialFirstLineLate;
CV_EXPORT const CFStringRef kCVImageBufferPixelAspectRatioKey;
CV_EXPORT const CFStringRef kCVImageBufferPixelAspectRatioHorizontalSpacingKey;
CV_EXPORT const CFStringRef kCVImageBufferPixelAspectRatioVerticalSpacingKey;
CV_EXPORT const CFStringRef kCVImageBufferDisplayDimensionsKey;
CV_EXPORT const CFStringRef kCVImageBufferDisplayWidthKey;
CV_EXPORT const CFStringRef kCVImageBufferDisplayHeightKey;
CV_EXPORT const CFStringRef kCVImageBufferGammaLevelKey;
CV_EXPORT const CFStringRef kCVImageBufferICCProfileKey;
CV_EXPORT const CFStringRef kCVImageBufferYCbCrMatrixKey;
CV_EXPORT const CFStringRef kCVImageBufferYCbCrMatrix_ITU_R_709_2;
CV_EXPORT const CFStringRef kCVImageBufferYCbCrMatrix_ITU_R_601_4;
CV_EXPORT const CFStringRef kCVImageBufferYCbCrMatrix_SMPTE_240M_1995;
CV_EXPORT const CFStringRef kCVImageBufferYCbCrMatrix_DCI_P3;
CV_EXPORT const CFStringRef kCVImageBufferYCbCrMatrix_P3_D65;
CV_EXPORT const CFStringRef kCVImageBufferYCbCrMatrix_ITU_R_2020;
CV_EXPORT const CFStringRef kCVImageBufferColorPrimariesKey;
CV_EXPORT const CFStringRef kCVImageBufferColorPrimaries_ITU_R_709_2;
CV_EXPORT const CFStringRef kCVImageBufferColorPrimaries_EBU_3213;
CV_EXPORT const CFStringRef kCVImageBufferColorPrimaries_SMPTE_C;
CV_EXPORT const CFStringRef kCVImageBufferColorPrimaries_P22;
CV_EXPORT const CFStringRef kCVImageBufferColorPrimaries_DCI_P3;
CV_EXPORT const CFStringRef kCVImageBufferColorPrimaries_P3_D65;
CV_EXPORT const CFStringRef kCVImageBufferColorPrimaries_ITU_R_2020;
CV_EXPORT const CFStringRef kCVImageBufferTransferFunctionKey;
CV_EXPORT const CFStringRef kCVImageBufferTransferFunction_ITU_R_709_2;
CV_EXPORT const CFStringRef kCVImageBufferTransferFunction_SMPTE_240M_1995;
CV_EXPORT const CFStringRef kCVImageBufferTransferFunction_UseGamma;
CV_EXPORT const CFStringRef kCVImageBufferTransferFunction_EBU_3213;
CV_EXPORT const CFStringRef kCVImageBufferTransferFunction_SMPTE_C;
CV_EXPORT const CFStringRef kCVImageBufferTransferFunction_sRGB;
CV_EXPORT const CFStringRef kCVImageBufferTransferFunction_ITU_R_2020;
CV_EXPORT const CFStringRef kCVImageBufferTransferFunction_SMPTE_ST_428_1;
CV_EXPORT const CFStringRef kCVImageBufferTransferFunction_SMPTE_ST_2084_PQ;
CV_EXPORT const CFStringRef kCVImageBufferTransferFunction_ITU_R_2100_HLG;
CV_EXPORT const CFStringRef kCVImageBufferTransferFunction_Linear;
CV_EXPORT const CFStringRef kCVImageBufferChromaLocationTopFieldKey;
CV_EXPORT const CFStringRef kCVImageBufferChromaLocationBottomFieldKey;
CV_EXPORT const CFStringRef kCVImageBufferChromaLocation_Left;
CV_EXPORT const CFStringRef kCVImageBufferChromaLocation_Center;
CV_EXPORT const CFStringRef kCVImageBufferChromaLocation_TopLeft;
CV_EXPORT const CFStringRef kCVImageBufferChromaLocation_Top;
CV_EXPORT const CFStringRef kCVImageBufferChromaLocation_BottomLeft;
CV_EXPORT const CFStringRef kCVImageBufferChromaLocation_Bottom;
CV_EXPORT const CFStringRef kCVImageBufferChromaLocation_DV420;
CV_EXPORT const CFStringRef kCVImageBufferChromaSubsamplingKey;
CV_EXPORT const CFStringRef kCVImageBufferChromaSubsampling_420;
CV_EXPORT const CFStringRef kCVImageBufferChromaSubsampling_422;
CV_EXPORT const CFStringRef kCVImageBufferChromaSubsampling_411;
CV_EXPORT const CFStringRef kCVImageBufferAlphaChannelIsOpaque;
CV_EXPORT const CFStringRef kCVImageBufferAlphaChannelModeKey;
CV_EXPORT const CFStringRef kCVImageBufferAlphaChannelMode_StraightAlpha;
CV_EXPORT const CFStringRef kCVImageBufferAlphaChannelMode_PremultipliedAlpha;
CV_EXPORT const CFStringRef kCVImageBufferMasteringDisplayColorVolumeKey;
CV_EXPORT const CFStringRef kCVImageBufferContentLightLevelInfoKey;
CV_EXPORT const CFStringRef kCVImageBufferAmbientViewingEnvironmentKey;
CV_EXPORT const CFStringRef kCVImageBufferRegionOfInterestKey;
CV_EXPORT const CFStringRef kCVImageBufferLogTransferFunctionKey;
CV_EXPORT const CFStringRef kCVImageBufferLogTransferFunction_AppleLog;

/** Code points are those of ITU-T H.273: from a value of an attachment to its number, 2 (unspecified) for
 * any other text, and back, NULL for a number that no constant is for. */
CV_EXPORT int
CVYCbCrMatrixGetIntegerCodePointForString(CFStringRef yCbCrMatrixString);
CV_EXPORT int
CVColorPrimariesGetIntegerCodePointForString(CFStringRef colorPrimariesString);
CV_EXPORT int
CVTransferFunctionGetIntegerCodePointForString(CFStringRef transferFunctionString);
CV_EXPORT CFStringRef
CVYCbCrMatrixGetStringForIntegerCodePoint(int yCbCrMatrixCodePoint);
CV_EXPORT CFStringRef
CVColorPrimariesGetStringForIntegerCodePoint(int colorPrimariesCodePoint);
CV_EXPORT CFStringRef
CVTransferFunctionGetStringForIntegerCodePoint(int transferFunctionCodePoint);

/** The size in memory, in pixels. Zero for NULL, as all that follows. */
CV_EXPORT CGSize
CVImageBufferGetEncodedSize(CVImageBufferRef imageBuffer);

/** How large to show it: kCVImageBufferDisplayDimensionsKey, else the clean rectangle with the pixel aspect
 * ratio applied. */
CV_EXPORT CGSize
CVImageBufferGetDisplaySize(CVImageBufferRef imageBuffer);

/** The part that is to be shown, from the upper left: by kCVImageBufferCleanApertureKey, else all of it. */
CV_EXPORT CGRect
CVImageBufferGetCleanRect(CVImageBufferRef imageBuffer);

/** Whether the first row in memory is the upper one; it always is. */
CV_EXPORT Boolean
CVImageBufferIsFlipped(CVImageBufferRef imageBuffer);

/** What is attached under kCVImageBufferCGColorSpaceKey, borrowed; NULL if nothing is. There is no
 * CoreGraphics here. */
CV_EXPORT CGColorSpaceRef
CVImageBufferGetColorSpace(CVImageBufferRef imageBuffer);

/** The same of a dictionary of attachments; the caller's. */
CV_EXPORT CGColorSpaceRef
CVImageBufferCreateColorSpaceFromAttachments(CFDictionaryRef attachments);

CF_EXTERN_C_END

#endif /* TRANSOM_COREVIDEO_CVIMAGEBUFFER_H */
