package budget

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"time"

	"vacant"
)

// processLimit is what the processes below share: a rate that two of three
// alone would fill, and a span that binds now and then.
var processLimit = vacant.Limit{PerSecond: 50, Burst: 1, Count: 400, Span: 10 * time.Second}

// childAsks leases from the file args[0] for the time args[1] and prints, for
// each question, when it left.
func childAsks(args []string) error {
	b, err := Open(args[0], Options{})
	if err != nil {
		return err
	}
	lasts, err := time.ParseDuration(args[1])
	if err != nil {
		return err
	}
	var arrived []vacant.Arrival
	for end := time.Now().Add(lasts); time.Now().Before(end); {
		l, err := b.Lease(context.Background(), "op", processLimit, 3, arrived)
		if err != nil {
			return err
		}
		arrived = nil
		if l.Got == 0 {
			time.Sleep(time.Until(l.Again))
			continue
		}
		now := time.Now()
		fmt.Fprintln(os.Stdout, now.UnixNano(), l.Got)
		arrived = append(arrived, vacant.Arrival{Lease: l.At, N: l.Got, At: time.Now()})
	}
	return b.Close()
}

// childHolds locks the file args[0], says so, and does not go on.
func childHolds(args []string) error {
	f := newFile(args[0], time.Now, machine{})
	return f.do(context.Background(), func(values) error {
		fmt.Fprintln(os.Stdout, "held")
		_, err := bufio.NewReader(os.Stdin).ReadString('\n')
		return err
	})
}
