package udp

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// mmsghdr is struct mmsghdr of recvmmsg(2).
type mmsghdr struct {
	hdr  unix.Msghdr
	size uint32 // octets of the message that was sent or has come
}

// sendmmsg sends messages and returns how many left; an error is about the
// first of them and means that none did.
//
// The sockets never block, so the scheduler is not told (RawSyscall): telling
// it would let it take the processor away in the middle of each batch.
func sendmmsg(fd int, msgs []mmsghdr) (int, error) {
	return transfer(unix.SYS_SENDMMSG, fd, msgs)
}

// recvmmsg takes messages that have come, without waiting.
func recvmmsg(fd int, msgs []mmsghdr) (int, error) {
	return transfer(unix.SYS_RECVMMSG, fd, msgs)
}

func transfer(call uintptr, fd int, msgs []mmsghdr) (int, error) {
	n, _, errno := unix.RawSyscall6(call, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(msgs))), uintptr(len(msgs)), unix.MSG_DONTWAIT, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

// dropsOf returns how many datagrams the system has dropped at a socket: the
// ninth number of SO_MEMINFO (SK_MEMINFO_DROPS, Linux 4.12), 0 where it does not tell.
func dropsOf(fd int) uint32 {
	var info [9]uint32
	size := uint32(unsafe.Sizeof(info))
	_, _, errno := unix.RawSyscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, unix.SO_MEMINFO, uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0)
	if errno != 0 {
		return 0
	}
	return info[8]
}
