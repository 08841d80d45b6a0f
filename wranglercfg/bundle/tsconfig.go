package bundle

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"

	"github.com/tailscale/hujson"
)

// config records a tsconfig.json and those that it extends.
func (rs records) config(path string) {
	if rs.has(path) {
		return
	}
	data, err := rs.readFile(path)
	if err != nil {
		return
	}
	for _, name := range extends(data) {
		for _, candidate := range extended(filepath.Dir(path), name) {
			if isFile(candidate) {
				rs.config(candidate)
				break
			}
		}
	}
}

// extends returns what a tsconfig.json extends, as written.
func extends(data []byte) []string {
	data, err := hujson.Standardize(bytes.Clone(data))
	if err != nil {
		return nil
	}
	var one struct{ Extends string }
	if json.Unmarshal(data, &one) == nil && one.Extends != "" {
		return []string{one.Extends}
	}
	var many struct{ Extends []string }
	if json.Unmarshal(data, &many) != nil {
		return nil
	}
	return many.Extends
}

// extended lists the files that a name in extends may mean.
func extended(dir, name string) []string {
	var list []string
	add := func(path string) { list = append(list, path, path+".json", filepath.Join(path, "tsconfig.json")) }
	if filepath.IsAbs(name) {
		add(name)
		return list
	}
	if strings.HasPrefix(name, ".") {
		add(filepath.Join(dir, filepath.FromSlash(name)))
		return list
	}
	for {
		add(filepath.Join(dir, "node_modules", filepath.FromSlash(name)))
		if dir == filepath.Dir(dir) {
			return list
		}
		dir = filepath.Dir(dir)
	}
}
