-- The doors across tenants: functions of amarktai_door, which may read the columns named here and nothing else.
-- They return ids, counts and times only.

GRANT SELECT (workspace_id) ON workspaces TO amarktai_door;
GRANT SELECT (workspace_id, token, card_id, post_id, revision_n, shown_whole) ON card_faces TO amarktai_door;
GRANT SELECT (workspace_id, id, web_app_id, next_run) ON schedules TO amarktai_door;
GRANT SELECT (workspace_id, id, next_at, lease_until) ON batches TO amarktai_door;
GRANT SELECT (workspace_id, id, account_id, slot, state, next_at, lease_until, next_measure_at, withdraw_wanted) ON posts TO amarktai_door;
GRANT SELECT (workspace_id, post_id, next_at, lease_until) ON parts TO amarktai_door;
GRANT SELECT (workspace_id, id, next_at, lease_until) ON handed TO amarktai_door;
GRANT SELECT (workspace_id, chat_id, undrawn, wanted_at, next_try_at) ON cards TO amarktai_door;
GRANT SELECT (workspace_id, id, gone_reason, parked_until, lease_until) ON chats TO amarktai_door;
GRANT SELECT (workspace_id, id, platform, remote_id, state, refresh_at, refresh_until) ON accounts TO amarktai_door;
GRANT SELECT (platform, at, price, units) ON charges TO amarktai_door;
GRANT SELECT (platform, remote_account, kind, intent_at, sent_at, ended_at, lease_until, outcome, price) ON attempts TO amarktai_door;
GRANT SELECT (came_back_at, lease_until, result, state_hash, workspace_id, code) ON oauth_states TO amarktai_door;
GRANT SELECT (workspace_id, key_id, purpose) ON secrets TO amarktai_door;
GRANT SELECT (workspace_id, seq, hash) ON audit_heads TO amarktai_door;

DO $$
DECLARE
    seen text;
BEGIN
    FOREACH seen IN ARRAY ARRAY['workspaces', 'card_faces', 'schedules', 'batches', 'posts', 'parts', 'handed', 'cards', 'chats', 'accounts', 'attempts', 'charges', 'secrets', 'audit_heads'] LOOP
        EXECUTE format('CREATE POLICY door ON %I FOR SELECT TO amarktai_door USING (true)', seen);
    END LOOP;
END $$;

-- Which workspace, card, post and revision a button's token names; nulls if none. Every click comes through here: plpgsql
-- keeps its plan, and one row is returned faster than a set.
CREATE FUNCTION door_face(wanted_token text, OUT workspace_id uuid, OUT card_id uuid, OUT post_id uuid, OUT revision_n integer,
                          OUT shown_whole boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    SELECT f.workspace_id, f.card_id, f.post_id, f.revision_n, f.shown_whole INTO workspace_id, card_id, post_id, revision_n, shown_whole
    FROM card_faces f WHERE f.token = wanted_token;
END $$;

-- Every workspace, a page at a time.
CREATE FUNCTION door_workspaces(after uuid, max_rows integer) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT w.workspace_id FROM workspaces w WHERE after IS NULL OR w.workspace_id > after ORDER BY 1 LIMIT max_rows
$$;

-- The heads of all audit chains, those of erased workspaces too: what is kept of them outside the database.
CREATE FUNCTION door_heads() RETURNS TABLE (workspace_id uuid, seq bigint, hash bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT h.workspace_id, h.seq, h.hash FROM audit_heads h
$$;

-- Which keys secrets stand under, and how many. Tells a process at start whether it holds every key that it will need.
CREATE FUNCTION door_keys() RETURNS TABLE (key_id text, purpose text, secrets bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT s.key_id, s.purpose, count(*) FROM secrets s GROUP BY s.key_id, s.purpose
$$;

-- Sends of a profile, or of every profile of a platform when none is named (what an application may do in all), whichever
-- workspace made them, inside the last `seconds`; with the instant at which the oldest leaves the
-- window. `whole` counts posts only, not what follows them; comments are counted nowhere. A send's clock starts at the latest moment at which it can have arrived; an unknown outcome counts as used.
CREATE FUNCTION door_sends(of_platform text, of_account text, seconds integer, whole boolean DEFAULT false)
RETURNS TABLE (sends bigint, oldest_leaves_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT count(*), min(coalesce(a.ended_at, a.lease_until)) + make_interval(secs => seconds)
    FROM attempts a
    WHERE a.platform = of_platform AND (of_account IS NULL OR a.remote_account = of_account) AND a.outcome IS DISTINCT FROM 'not_sent'
      AND (a.kind = 'post' OR (a.kind = 'reply' AND NOT whole))
      AND a.intent_at > now() - make_interval(secs => seconds) - interval '1 day'
      AND coalesce(a.ended_at, a.lease_until) > now() - make_interval(secs => seconds)
$$;

-- The same sends one by one, of a profile or of the whole application: the latest moment at which each can have arrived, and
-- whether it is a post itself. One that is under way is taken to arrive now: it counts, and who waits for it looks again soon.
CREATE FUNCTION door_sent(of_platform text, of_account text, seconds integer) RETURNS TABLE (at timestamptz, whole boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(a.ended_at, least(a.lease_until, now())), a.kind = 'post'
    FROM attempts a
    WHERE a.platform = of_platform AND (of_account IS NULL OR a.remote_account = of_account) AND a.outcome IS DISTINCT FROM 'not_sent'
      AND a.kind IN ('post', 'reply')
      AND a.intent_at > now() - make_interval(secs => seconds) - interval '1 day'
      AND coalesce(a.ended_at, a.lease_until) > now() - make_interval(secs => seconds)
$$;

-- Approved posts of a profile, or of every profile of a platform when none is named, that are still to go out, in the order of
-- their slots, whichever workspace wrote them; those with a slot until then.
CREATE FUNCTION door_waiting(of_platform text, of_account text, most integer, until timestamptz DEFAULT 'infinity')
RETURNS TABLE (id uuid, slot timestamptz, next_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT p.id, p.slot, p.next_at
    FROM accounts a JOIN posts p ON p.workspace_id = a.workspace_id AND p.account_id = a.id
    WHERE a.platform = of_platform AND (of_account IS NULL OR a.remote_id = of_account)
      AND p.state IN ('approved', 'retry_wait') AND p.next_at IS NOT NULL AND p.slot <= until
    ORDER BY p.slot, p.id LIMIT most
$$;

-- What a platform was paid, or may have been, by every workspace since an instant: for sends, for reads and for deletions. An
-- attempt that has no outcome yet, or an unknown one, counts as paid, and one counts from the latest moment at which it can have
-- arrived.
CREATE FUNCTION door_spent(of_platform text, since timestamptz) RETURNS numeric
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(sum(a.price), 0) + (SELECT coalesce(sum(c.price), 0) FROM charges c WHERE c.platform = of_platform AND c.at >= since)
    FROM attempts a
    WHERE a.platform = of_platform AND a.price > 0 AND (a.outcome IS NULL OR a.outcome IN ('ok', 'unknown'))
      AND a.intent_at > since - interval '1 day' AND coalesce(a.ended_at, a.lease_until) >= since
$$;

-- How many units of a platform's quota every workspace together has used since an instant, or may have used.
CREATE FUNCTION door_units(of_platform text, since timestamptz) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(sum(c.units), 0) FROM charges c WHERE c.platform = of_platform AND c.at >= since
$$;

-- One row for each thing that may be due by `until`: what to look at, and since when. Leases still running are left alone.
-- Of posts, parts and figures every workspace has its first before any has its second, and within it every account: whoever
-- owns thousands keeps nobody waiting, and an account without room none that has some.
CREATE FUNCTION door_due(until timestamptz, max_rows integer)
RETURNS TABLE (stage text, workspace_id uuid, id uuid, due_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    (SELECT 'plan', s.workspace_id, s.id, s.next_run FROM schedules s WHERE s.next_run <= until ORDER BY s.next_run LIMIT max_rows)
    UNION ALL
    (SELECT 'batch', b.workspace_id, b.id, greatest(b.next_at, b.lease_until) FROM batches b
      WHERE b.next_at <= until AND (b.lease_until IS NULL OR b.lease_until <= until) ORDER BY b.next_at LIMIT max_rows)
    UNION ALL
    (SELECT d.state, d.workspace_id, d.id, d.due_at FROM (
        SELECT a.state, a.workspace_id, a.id, a.next_at, a.due_at,
               row_number() OVER (PARTITION BY a.workspace_id, a.state ORDER BY a.account_turn, a.next_at) AS turn
        FROM (SELECT p.state, p.workspace_id, p.id, p.next_at, greatest(p.next_at, p.lease_until) AS due_at,
                     row_number() OVER (PARTITION BY p.workspace_id, p.state, p.account_id ORDER BY p.next_at, p.slot, p.id) AS account_turn
              FROM posts p WHERE p.next_at <= until AND (p.lease_until IS NULL OR p.lease_until <= until)) a) d
      ORDER BY d.turn, d.next_at LIMIT max_rows)
    UNION ALL
    (SELECT 'part', d.workspace_id, d.post_id, d.due_at FROM (
        SELECT q.workspace_id, q.post_id, q.next_at, greatest(q.next_at, q.lease_until) AS due_at,
               row_number() OVER (PARTITION BY q.workspace_id ORDER BY q.next_at) AS turn
        FROM parts q WHERE q.next_at <= until AND (q.lease_until IS NULL OR q.lease_until <= until)) d
      ORDER BY d.turn, d.next_at LIMIT max_rows)
    UNION ALL
    (SELECT 'measure', d.workspace_id, d.id, d.next_measure_at FROM (
        SELECT p.workspace_id, p.id, p.next_measure_at,
               row_number() OVER (PARTITION BY p.workspace_id ORDER BY p.next_measure_at) AS turn
        FROM posts p WHERE p.next_measure_at <= until) d
      ORDER BY d.turn, d.next_measure_at LIMIT max_rows)
    UNION ALL
    (SELECT 'withdraw', p.workspace_id, p.id, greatest(p.withdraw_wanted, p.lease_until) FROM posts p
      WHERE p.withdraw_wanted <= until AND p.state = 'published' AND (p.lease_until IS NULL OR p.lease_until <= until) LIMIT max_rows)
    UNION ALL
    (SELECT 'take_in', h.workspace_id, h.id, greatest(h.next_at, h.lease_until) FROM handed h
      WHERE h.next_at <= until AND (h.lease_until IS NULL OR h.lease_until <= until) ORDER BY h.next_at LIMIT max_rows)
    UNION ALL
    (SELECT 'draw', h.workspace_id, h.id, greatest(min(c.next_try_at), h.parked_until, h.lease_until)
      FROM cards c JOIN chats h ON h.workspace_id = c.workspace_id AND h.id = c.chat_id
      WHERE c.undrawn AND h.gone_reason IS NULL AND c.next_try_at <= until
        AND (h.parked_until IS NULL OR h.parked_until <= until) AND (h.lease_until IS NULL OR h.lease_until <= until)
      GROUP BY h.workspace_id, h.id LIMIT max_rows)
    UNION ALL
    (SELECT 'refresh', a.workspace_id, a.id, greatest(a.refresh_at, a.refresh_until) FROM accounts a
      WHERE a.state = 'connected' AND a.refresh_at <= until AND (a.refresh_until IS NULL OR a.refresh_until <= until) LIMIT max_rows)
    UNION ALL
    (SELECT 'connect', o.workspace_id, NULL::uuid, o.came_back_at FROM oauth_states o
      WHERE o.code IS NOT NULL AND o.result IS NULL AND o.came_back_at <= until AND (o.lease_until IS NULL OR o.lease_until <= until) LIMIT max_rows)
$$;

-- Posts that should be out since `seconds`, by workspace. What a pause or a lost account holds is not late: its people know.
CREATE FUNCTION door_late(seconds double precision) RETURNS TABLE (workspace_id uuid, posts bigint, oldest timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT p.workspace_id, count(*), min(p.slot) FROM posts p
    WHERE p.state IN ('approved', 'retry_wait') AND p.slot < now() - make_interval(secs => seconds) GROUP BY p.workspace_id
$$;

-- What waits for at least `seconds` with nobody at work on it, by stage: how many rows (a hundred at most are counted) and since
-- when the oldest. A chat waits since its oldest undrawn card was wanted, or since somebody last drew there.
CREATE FUNCTION door_overdue(seconds double precision) RETURNS TABLE (stage text, amount bigint, oldest timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    (SELECT d.stage, count(*), min(d.due_at) FROM door_due(now() - make_interval(secs => seconds), 100) d WHERE d.stage <> 'draw' GROUP BY d.stage)
    UNION ALL
    (SELECT 'draw', count(*), min(w.since)
      FROM (SELECT greatest(min(c.wanted_at), min(c.next_try_at), h.parked_until, h.lease_until) AS since
            FROM cards c JOIN chats h ON h.workspace_id = c.workspace_id AND h.id = c.chat_id
            WHERE c.undrawn AND h.gone_reason IS NULL AND c.next_try_at <= now() GROUP BY h.workspace_id, h.id) w
      WHERE w.since <= now() - make_interval(secs => seconds) HAVING count(*) > 0)
$$;

-- Counts for a monitoring system, over every workspace: what is counted, of which kind, and how many.
CREATE FUNCTION door_figures() RETURNS TABLE (figure text, kind text, detail text, amount double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    (SELECT 'posts', p.state, '', count(*)::float8 FROM posts p
      WHERE p.state NOT IN ('published', 'withdrawn', 'dropped', 'rejected', 'expired') GROUP BY p.state)
    UNION ALL
    (SELECT 'accounts', a.state, '', count(*)::float8 FROM accounts a WHERE a.state <> 'removed' GROUP BY a.state)
    UNION ALL
    (SELECT 'attempts', t.platform, coalesce(t.outcome, 'under_way'), count(*)::float8 FROM attempts t
      WHERE t.intent_at > now() - interval '1 hour' GROUP BY t.platform, t.outcome)
    UNION ALL
    (SELECT 'undrawn', '', '', count(*)::float8 FROM cards c WHERE c.undrawn)
$$;

GRANT CREATE ON SCHEMA public TO amarktai_door;
DO $$
DECLARE
    door regprocedure;
BEGIN
    FOR door IN SELECT p.oid FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.proname LIKE 'door\_%' LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', door);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO amarktai_web, amarktai_worker', door);
        EXECUTE format('ALTER FUNCTION %s OWNER TO amarktai_door', door);
    END LOOP;
END $$;
REVOKE CREATE ON SCHEMA public FROM amarktai_door;
