package budget

import (
	"bytes"
	"encoding/hex"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// theMachine is this machine's clock.
func theMachine() machine {
	m := machine{read: func() (time.Duration, bool) {
		var ts unix.Timespec
		err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts)
		return time.Duration(ts.Nano()), err == nil
	}}
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	id = bytes.ReplaceAll(bytes.TrimSpace(id), []byte("-"), nil)
	if err == nil && len(id) == 2*len(m.boot) {
		_, _ = hex.Decode(m.boot[:], id) // what is no number leaves a clock that nobody shares
	}
	return m
}
