/*
 * CFByteOrder.h - turns numbers between this machine's order of bytes and a given one.
 */
#ifndef TRANSOM_COREFOUNDATION_CFBYTEORDER_H
#define TRANSOM_COREFOUNDATION_CFBYTEORDER_H

#include <CoreFoundation/CFBase.h>

enum { CFByteOrderUnknown, CFByteOrderLittleEndian, CFByteOrderBigEndian };
typedef CFIndex CFByteOrder;

CF_INLINE CFByteOrder
CFByteOrderGetCurrent(void)
{
	return TARGET_RT_LITTLE_ENDIAN ? CFByteOrderLittleEndian : CFByteOrderBigEndian;
}

CF_INLINE uint16_t
CFSwapInt16(uint16_t number)
{
	return __builtin_bswap16(number);
}

CF_INLINE uint32_t
CFSwapInt32(uint32_t number)
{
	return __builtin_bswap32(number);
}

CF_INLINE uint64_t
CFSwapInt64(uint64_t number)
{
	return __builtin_bswap64(number);
}

#if TARGET_RT_LITTLE_ENDIAN
#define CF_SWAP_BIG_(bits, number) CFSwapInt##bits(number)
#define CF_SWAP_LITTLE_(bits, number) (number)
#else
#define CF_SWAP_BIG_(bits, number) (number)
#define CF_SWAP_LITTLE_(bits, number) CFSwapInt##bits(number)
#endif
#define CF_SWAPS_(bits)                                                                                      \
	CF_INLINE uint##bits##_t CFSwapInt##bits##BigToHost(uint##bits##_t number)                           \
	{                                                                                                    \
		return CF_SWAP_BIG_(bits, number);                                                           \
	}                                                                                                    \
	CF_INLINE uint##bits##_t CFSwapInt##bits##HostToBig(uint##bits##_t number)                           \
	{                                                                                                    \
		return CF_SWAP_BIG_(bits, number);                                                           \
	}                                                                                                    \
	CF_INLINE uint##bits##_t CFSwapInt##bits##LittleToHost(uint##bits##_t number)                        \
	{                                                                                                    \
		return CF_SWAP_LITTLE_(bits, number);                                                        \
	}                                                                                                    \
	CF_INLINE uint##bits##_t CFSwapInt##bits##HostToLittle(uint##bits##_t number)                        \
	{                                                                                                    \
		return CF_SWAP_LITTLE_(bits, number);                                                        \
	}
CF_SWAPS_(16)
CF_SWAPS_(32)
CF_SWAPS_(64)
#undef CF_SWAPS_
#undef CF_SWAP_BIG_
#undef CF_SWAP_LITTLE_

#endif /* TRANSOM_COREFOUNDATION_CFBYTEORDER_H */
