package vacant

import (
	"testing"
	"time"
)

func TestLimitSaysItsRate(t *testing.T) {
	for _, tt := range []struct {
		limit Limit
		rate  float64
		text  string
	}{
		{Limit{}, 0, "none"},
		{Limit{PerSecond: 0.5, Burst: 1}, 0.5, "0.5/s"},
		{Limit{PerSecond: 5, PerDay: 1000}, 5, "5/s, 1000/24h"},
		{Limit{Count: 120, Span: time.Minute}, 2, "120/1m"},
		{Limit{PerSecond: 5, Count: 1800, Span: 15 * time.Minute}, 2, "5/s, 1800/15m"},
		{Limit{PerSecond: 1, Count: 120, Span: time.Minute}, 1, "1/s, 120/1m"},
		{Limit{Count: 100, Span: time.Hour}, 100.0 / 3600, "100/1h"},
		{Limit{PerDay: 7200}, 0, "7200/24h"},
	} {
		if got := tt.limit.Rate(); got != tt.rate {
			t.Errorf("%+v: %v/s, want %v", tt.limit, got, tt.rate)
		}
		if got := tt.limit.String(); got != tt.text {
			t.Errorf("%+v: %q, want %q", tt.limit, got, tt.text)
		}
		if tt.limit.Limited() != (tt.text != "none") {
			t.Errorf("%+v: limited %v", tt.limit, tt.limit.Limited())
		}
	}
}
