package main

import (
	"context"
	"io"
	"log/slog"

	"vacant"
)

// newLog returns the logger that -v and --log-format ask for.
func newLog(w io.Writer, g globalFlags) (*slog.Logger, error) {
	options := &slog.HandlerOptions{Level: slog.LevelDebug}
	var h slog.Handler
	switch g.logFormat {
	case "text":
		h = slog.NewTextHandler(w, options)
	case "json":
		h = slog.NewJSONHandler(w, options)
	default:
		return nil, usagef("--log-format %q: want text or json", g.logFormat)
	}
	if !g.verbose {
		h = slog.DiscardHandler
	}
	return slog.New(safeHandler{h}), nil
}

// safeHandler takes secrets and what could steer a terminal out of every text.
// slog's JSON handler would let C1 controls and bidi marks through.
type safeHandler struct{ slog.Handler }

// Handle implements [slog.Handler].
func (h safeHandler) Handle(ctx context.Context, r slog.Record) error {
	clean := slog.NewRecord(r.Time, r.Level, vacant.SafeText(redact(r.Message)), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(safeAttr(a))
		return true
	})
	return h.Handler.Handle(ctx, clean)
}

// WithAttrs implements [slog.Handler].
func (h safeHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	clean := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		clean[i] = safeAttr(a)
	}
	return safeHandler{h.Handler.WithAttrs(clean)}
}

// WithGroup implements [slog.Handler].
func (h safeHandler) WithGroup(name string) slog.Handler {
	return safeHandler{h.Handler.WithGroup(name)}
}

func safeAttr(a slog.Attr) slog.Attr {
	v := a.Value.Resolve()
	switch v.Kind() {
	case slog.KindGroup:
		attrs := v.Group()
		clean := make([]slog.Attr, len(attrs))
		for i, inner := range attrs {
			clean[i] = safeAttr(inner)
		}
		return slog.Attr{Key: a.Key, Value: slog.GroupValue(clean...)}
	case slog.KindString, slog.KindAny:
		return slog.String(a.Key, vacant.SafeText(redact(v.String())))
	}
	return slog.Attr{Key: a.Key, Value: v}
}
