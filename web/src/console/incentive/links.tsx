/** Accounts that share something: how sure it is that they are one person's, and who was helped (IN-13). */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { api, ask as send, type Schemas } from '../../api/client';
import { desk, wordFor } from '../../i18n';
import { count, share } from '../../kit/format';
import { Answered } from '../../kit/say';
import { Sheet } from '../../kit/sheet';
import { Said, Tag } from '../../kit/show';
import { type Column, QueryTable, rowsFrom } from '../../kit/table';
import { PartyName } from '../order';
import { useWay } from '../way';
import { cursorOf, next } from './page';

type Links = Schemas['AccountLinks'];
const say = () => desk.incentive;

export function LinksOf({ party }: { party: string }) {
  const links = useQuery({
    queryKey: ['links of', party],
    queryFn: () => send(api.GET('/v1/account-links/{party}', { params: { path: { party } } })),
  });
  return <Answered of={links}>{(found) => <LinkedAccounts of={found} />}</Answered>;
}

/** Which accounts share what with one, how sure that is, and who of them was helped already (IN-13). */
function LinkedAccounts({ of }: { of: Links }) {
  if (of.links.length === 0) return <p className="quiet small">{say().noLinks}</p>;
  const helped = of.helped.map((one) => one.party_id);
  return (
    <ul>
      {of.links.map((link) => (
        <li key={link.other_id} className="line-item">
          <span className="stack tight">
            <span>
              <PartyName id={link.other_id} /> {helped.includes(link.other_id) ? <Tag tone="wait">{say().helped}</Tag> : null}
            </span>
            <span className="small quiet">
              {link.evidence.map((mark) => (
                <span key={mark.kind + mark.hash} className="row wrap">
                  {wordFor(say().mark, mark.kind)} <Said className="code">{mark.hash.slice(0, 12)}…</Said>
                </span>
              ))}
            </span>
          </span>
          <Tag tone={of.cluster.includes(link.other_id) ? 'bad' : 'calm'}>{say().likeness(share(link.score_permille))}</Tag>
        </li>
      ))}
    </ul>
  );
}

const linkColumns: () => Column<Links>[] = () => [
  { key: 'party', title: say().who, text: (row) => row.party_id, show: (row) => <PartyName id={row.party_id} /> },
  { key: 'links', title: say().shares, right: true, text: (row) => String(row.links.length), show: (row) => count(row.links.length) },
  {
    key: 'best',
    title: say().likeliest,
    right: true,
    text: (row) => String(Math.max(0, ...row.links.map((link) => link.score_permille)) / 10),
    show: (row) => share(Math.max(0, ...row.links.map((link) => link.score_permille))),
  },
  { key: 'cluster', title: say().cluster, right: true, text: (row) => String(row.cluster.length), show: (row) => count(row.cluster.length) },
  {
    key: 'helped',
    title: say().helped,
    text: (row) => String(row.helped.length),
    show: (row) => (row.helped.length > 0 ? <Tag tone="wait">{say().helped}</Tag> : '—'),
  },
];

export function Linked() {
  const way = useWay();
  const open = way.text('open');
  const found = useInfiniteQuery({
    queryKey: ['links'],
    queryFn: ({ pageParam }) => send(api.GET('/v1/account-links', { params: { query: { limit: 50, ...cursorOf(pageParam) } } })),
    ...next,
  });
  return (
    <>
      <QueryTable
        name="links"
        label={say().links}
        of={rowsFrom(found)}
        columns={linkColumns()}
        keyOf={(row) => row.party_id}
        onOpen={(row) => way.ask({ open: row.party_id })}
        empty={{ title: say().noLinks, why: say().noLinksWhy }}
      />
      {open ? (
        <Sheet title={say().links} open onClose={() => way.ask({ open: '' })} size={520}>
          <div className="stack">
            <p>
              <PartyName id={open} />
            </p>
            <p className="hint">{say().linksWhy}</p>
            <LinksOf party={open} />
          </div>
        </Sheet>
      ) : null}
    </>
  );
}
