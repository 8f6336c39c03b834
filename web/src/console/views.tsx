/** Views: what a page was asked for, kept under a name. The address itself is what is shared. */
import { useState } from 'react';
import { desk, words } from '../i18n';
import { Button, TextField } from '../kit/input';
import { Sheet } from '../kit/sheet';
import { Said } from '../kit/show';
import { useMe } from './shell';
import { Go, useWay } from './way';

interface View {
  name: string;
  asked: string;
}

const say = () => desk.work;
const MOST = 50;

/** What this person kept on this device. */
function useViews(page: string): [View[], (views: View[]) => void] {
  const place = `tuiliu.views.${useMe().party}.${page}`;
  const read = (): View[] => {
    try {
      const kept: unknown = JSON.parse(localStorage.getItem(place) ?? '[]');
      return Array.isArray(kept) ? kept.filter((one): one is View => typeof one?.name === 'string' && typeof one?.asked === 'string') : [];
    } catch {
      return [];
    }
  };
  const [views, setViews] = useState(read);
  const keep = (next: View[]) => {
    localStorage.setItem(place, JSON.stringify(next));
    setViews(next);
  };
  return [views, keep];
}

export function Views() {
  const way = useWay();
  const [views, keep] = useViews(way.here);
  const [open, setOpen] = useState(false);
  const [name, setName] = useState('');
  const save = () => {
    const view = { name: name.trim(), asked: way.asked };
    keep([view, ...views.filter((one) => one.name !== view.name)].slice(0, MOST));
    setName('');
  };
  return (
    <>
      <Button kind="plain" onClick={() => setOpen(true)}>
        {say().views}
      </Button>
      <Sheet title={say().views} open={open} onClose={() => setOpen(false)} size={400}>
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault();
            save();
          }}
        >
          {views.length === 0 ? <p className="quiet">{say().noViews}</p> : null}
          <ul>
            {views.map((view) => (
              <li key={view.name} className="line-item">
                <span onClick={() => setOpen(false)} role="presentation">
                  <Go to={way.here + view.asked}>
                    <Said>{view.name}</Said>
                  </Go>
                </span>
                <button type="button" className="icon-button" aria-label={say().removeView} onClick={() => keep(views.filter((one) => one !== view))}>
                  ×
                </button>
              </li>
            ))}
          </ul>
          <TextField label={say().viewName} value={name} onChange={setName} maxLength={60} />
          <Button kind="main" type="submit" disabled={!name.trim()}>
            {say().saveView}
          </Button>
          <p className="hint">{say().viewsWhy}</p>
          <Button onClick={() => void navigator.clipboard?.writeText(location.href)}>{words.do.copy}</Button>
        </form>
      </Sheet>
    </>
  );
}
