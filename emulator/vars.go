package emulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/dormouse-do/dormouse/wranglercfg"
)

// variable is one of a Worker's variables and secrets.
type variable struct {
	name   string
	json   []byte
	secret bool // from a file of secrets
}

// loadVars collects the Worker's variables: those of the configuration, then
// the secrets of .dev.vars or of .env files, then Worker.Vars. The later one
// counts.
func (w *worker) loadVars() error {
	for _, v := range w.cfg.Vars {
		w.setVar(variable{name: v.Name.Value, json: []byte(v.Value.JSON())})
	}
	secrets, err := w.readSecrets()
	if err != nil {
		return err
	}
	allowed, declared := w.declaredSecrets()
	for _, s := range secrets {
		if _, ok := w.variable(s.name); ok || !declared || allowed[s.name] {
			w.setVar(s)
		}
	}
	for name, value := range w.Vars {
		w.setVar(variable{name: name, json: quoted(value)})
	}
	return nil
}

func (w *worker) setVar(v variable) {
	for i := range w.vars {
		if w.vars[i].name == v.name {
			w.vars[i] = v
			return
		}
	}
	w.vars = append(w.vars, v)
}

func (w *worker) variable(name string) ([]byte, bool) {
	for _, v := range w.vars {
		if v.name == name {
			return v.json, true
		}
	}
	return nil, false
}

// declaredSecrets gives the names of secrets.required, which limits what is
// taken from files, if the configuration has it.
func (w *worker) declaredSecrets() (names map[string]bool, declared bool) {
	secrets := w.cfg.Node().Get("secrets")
	if secrets.Kind() != wranglercfg.Object {
		return nil, false
	}
	names = map[string]bool{}
	for _, n := range secrets.Get("required").Items() {
		names[n.Text()] = true
	}
	return names, true
}

// readSecrets reads the files in which wrangler keeps secrets for development:
// .dev.vars of the environment, else .dev.vars, else the .env files, of which
// later ones override.
func (w *worker) readSecrets() (out []variable, err error) {
	dir := filepath.Dir(w.cfg.Path)
	var names []string
	if w.Env != "" {
		names = append(names, ".dev.vars."+w.Env)
	}
	for _, name := range append(names, ".dev.vars") {
		vars, found, err := w.readDotenv(filepath.Join(dir, name))
		if found || err != nil {
			return vars, err
		}
	}
	if os.Getenv("CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV") == "false" {
		return nil, nil
	}
	names = []string{".env", ".env.local"}
	if w.Env != "" {
		names = append(names, ".env."+w.Env, ".env."+w.Env+".local")
	}
	for _, name := range names {
		vars, _, err := w.readDotenv(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		out = append(out, vars...)
	}
	return expanded(out), nil
}

func (w *worker) readDotenv(path string) (vars []variable, found bool, err error) {
	data, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, false, nil
	case err != nil:
		return nil, false, fmt.Errorf("emulator: secrets: %w", err)
	}
	w.inputs = append(w.inputs, path)
	for _, v := range parseDotenv(string(data)) {
		vars = append(vars, variable{name: v[0], json: quoted(v[1]), secret: true})
	}
	return vars, true, nil
}

// dotenvLine is the grammar of the npm package dotenv, with which wrangler reads
// these files; it has no other definition.
var dotenvLine = regexp.MustCompile("(?m)^[ \t]*(?:export[ \t]+)?([\\w.-]+)(?:[ \t]*=[ \t]*|:[ \t]+)" +
	"('(?:\\\\'|[^'])*'|\"(?:\\\\\"|[^\"])*\"|`(?:\\\\`|[^`])*`|[^#\r\n]+)?[ \t]*(?:#.*)?$")

// parseDotenv gives names and values in the order of the text.
func parseDotenv(text string) (vars [][2]string) {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	for _, m := range dotenvLine.FindAllStringSubmatch(text, -1) {
		value := strings.TrimSpace(m[2])
		quote := byte(0)
		if len(value) >= 2 && strings.IndexByte("'\"`", value[0]) >= 0 && value[len(value)-1] == value[0] {
			quote, value = value[0], value[1:len(value)-1]
		}
		if quote == '"' {
			value = strings.NewReplacer(`\n`, "\n", `\r`, "\r").Replace(value)
		}
		vars = append(vars, [2]string{m[1], value})
	}
	return vars
}

// reference is a use of another variable in a .env file, as the npm package
// dotenv-expand reads it.
var reference = regexp.MustCompile(`\\?\$(?:\{(\w+)(?::-([^}]*))?\}|(\w+))`)

// expanded resolves references to variables of the same files.
func expanded(vars []variable) []variable {
	values := map[string]string{}
	for i, v := range vars {
		var text string
		if json.Unmarshal(v.json, &text) != nil {
			continue
		}
		text = reference.ReplaceAllStringFunc(text, func(m string) string {
			if strings.HasPrefix(m, `\`) {
				return m[1:]
			}
			parts := reference.FindStringSubmatch(m)
			if value, ok := values[parts[1]+parts[3]]; ok && value != "" {
				return value
			}
			return parts[2]
		})
		values[v.name] = text
		vars[i].json = quoted(text)
	}
	return vars
}

// quoted gives a text as JSON.
func quoted(text string) []byte {
	data, _ := json.Marshal(text) // a string never fails
	return data
}
