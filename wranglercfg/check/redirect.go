package check

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/dormouse-do/dormouse/wranglercfg"
)

// otherFiles notes configurations on the way up that the found one beats (F1).
func (j *judge) otherFiles(found string) {
	at, err := filepath.Abs(j.dir())
	if err != nil {
		return
	}
	for ; ; at = filepath.Dir(at) {
		for _, name := range []string{"wrangler.json", "wrangler.jsonc", "wrangler.toml"} {
			path := filepath.Join(at, name)
			if info, err := os.Stat(path); err != nil || info.IsDir() || path == found {
				continue
			}
			j.notef(CodeOtherFile, wranglercfg.Pos{}, "%s is passed over: wrangler takes %s", j.relative(path), j.path).
				Hint = "each of wrangler.json, wrangler.jsonc and wrangler.toml is searched for all the way up before the next; remove one, or name the file"
		}
		if at == filepath.Dir(at) {
			return
		}
	}
}

func (j *judge) dir() string {
	if j.req.Dir == "" {
		return "."
	}
	return j.req.Dir
}

// redirect mentions what a build tool left for wrangler deploy, and refuses
// what wrangler would refuse of it (F2). The authored file is judged.
func (j *judge) redirect(found string) {
	at, err := filepath.Abs(j.dir())
	if err != nil {
		return
	}
	for ; ; at = filepath.Dir(at) {
		path := filepath.Join(at, ".wrangler", "deploy", "config.json")
		if data, err := os.ReadFile(path); err == nil {
			j.pointer(found, path, data)
			return
		}
		if at == filepath.Dir(at) {
			return
		}
	}
}

func (j *judge) pointer(found, path string, data []byte) {
	name := j.relative(path)
	refuse := func(why string) {
		j.errorf(CodeRedirect, wranglercfg.Pos{}, "%s, which redirects wrangler deploy, %s", name, why).
			Hint = "build again, or remove the file"
	}
	file, err := wranglercfg.Parse(path, data)
	if err != nil {
		refuse(fmt.Sprintf("cannot be read: %v", err))
		return
	}
	target := file.Root().Get("configPath").Text()
	if target == "" {
		refuse("has no configPath")
		return
	}
	if !filepath.IsAbs(target) {
		target = filepath.Join(filepath.Dir(path), filepath.FromSlash(target))
	}
	if _, err := os.Stat(target); err != nil {
		refuse(fmt.Sprintf("points to %s, which is not there", j.relative(target)))
		return
	}
	if project := filepath.Dir(filepath.Dir(filepath.Dir(path))); project != filepath.Dir(found) {
		refuse(fmt.Sprintf("lies in another folder than %s", j.path))
		return
	}
	j.notef(CodeRedirect, wranglercfg.Pos{}, "wrangler deploy reads %s, which a build tool made of this file: %s says so", j.relative(target), name)
}
