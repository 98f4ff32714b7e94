package udp

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"testing"

	"vacant/dnsstage/dnstest"
	"vacant/dnsstage/wire"
)

func TestFailedSendsAreTakenBackOrUnreachable(t *testing.T) {
	tests := []struct {
		cause error
		taken bool
		err   error
	}{
		{os.NewSyscallError("sendto", syscall.ENOBUFS), false, nil},
		{os.NewSyscallError("sendto", syscall.EAGAIN), false, nil},
		{os.ErrDeadlineExceeded, false, nil},
		{net.ErrClosed, false, net.ErrClosed},
		{os.NewSyscallError("sendto", syscall.ECONNREFUSED), true, nil},
		{os.NewSyscallError("sendto", syscall.ENETUNREACH), true, nil},
		{os.NewSyscallError("sendto", syscall.EHOSTUNREACH), true, nil},
		{os.NewSyscallError("sendto", syscall.EPERM), true, nil},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.cause), func(t *testing.T) {
			e := open(t, Config{})
			q := query("x.example", dnstest.DeadPort(t))
			slot, err := e.insert(&q, q.Server, &e.v4)
			if err != nil {
				t.Fatal(err)
			}
			taken, err := e.sendFailed(slot, &net.OpError{Op: "write", Net: "udp", Err: tt.cause})
			if taken != tt.taken || !errors.Is(err, tt.err) {
				t.Errorf("taken %v, %v; want %v, %v", taken, err, tt.taken, tt.err)
			}
			checkEmpty(t, &e.table, &e.wheel)
			dst := make([]wire.Reply, 1)
			n, err := e.Poll(dst, 0)
			if ended := n == 1; ended != tt.taken || err != nil {
				t.Fatalf("Poll = %d, %v", n, err)
			}
			if tt.taken && (dst[0].Outcome != wire.Unreachable || !errors.Is(dst[0].Err, tt.cause)) {
				t.Errorf("outcome %d, error %v", dst[0].Outcome, dst[0].Err)
			}
			if got := e.Stats().Sent; got != 0 {
				t.Errorf("%d counted as sent", got)
			}
		})
	}
}
