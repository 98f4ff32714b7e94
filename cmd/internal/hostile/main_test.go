package hostile

import (
	"os"
	"strconv"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// number returns the number that the environment sets for a campaign, else small.
func number(tb testing.TB, key string, small int) int {
	tb.Helper()
	text := os.Getenv(key)
	if text == "" {
		return small
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		tb.Fatalf("%s=%q: want a number above 0", key, text)
	}
	return n
}
