package pipeline

import "errors"

// ErrNoWay means that neither authority servers nor resolvers can be asked. Exit 1.
var ErrNoWay = errors.New("DNS cannot be asked from here")

// ErrInvariant wraps a broken invariant. Exit 70.
var ErrInvariant = errors.New("an invariant broke")
